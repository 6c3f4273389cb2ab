package dev.parley.deploy.chart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.cli.broker.BrokerCommand;
import dev.parley.cli.terminal.Terminal;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.yaml.snakeyaml.Yaml;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/**
 * The services know every setting that the chart gives them: a misspelt one would stop their start.
 * Their own interfaces say what there is.
 */
class ChartSettingsTest {

  private static final Set<String> POLICY =
      SettingKeys.of("parley.policy", "dev.parley.policy.PolicyConfig");
  private static final Set<String> REWARD =
      SettingKeys.of("parley.reward", "dev.parley.reward.RewardConfig");
  private static final Set<String> REFERENCE =
      SettingKeys.of("parley.reference", "dev.parley.reference.ReferenceConfig");
  private static final Set<String> CONSOLE =
      SettingKeys.of("parley.console", "dev.parley.console.ConsoleConfig");
  private static final Set<String> TRAINER =
      SettingKeys.of("", "dev.parley.trainer.recipe.RecipeConfig");

  /** What the chart gives by other values than settings. */
  private static final Set<String> POLICY_OF_THE_CHART =
      Set.of(
          "parley.policy.model",
          "parley.policy.base",
          "parley.policy.run-id",
          "parley.policy.instance-id",
          "parley.policy.reward.target",
          "parley.policy.reference.target");

  private static final Set<String> REWARD_OF_THE_CHART = Set.of("parley.reward.scorer");

  private static final Set<String> REFERENCE_OF_THE_CHART =
      Set.of("parley.reference.model", "parley.reference.base", "parley.reference.digest");

  private static final Set<String> CONSOLE_OF_THE_CHART =
      Set.of(
          "parley.console.access-token",
          "parley.console.admin-token",
          "parley.console.open",
          "parley.console.policies",
          "parley.console.kafka.bootstrap-servers");

  @Test
  void theSchemaHasEverySettingOfTheConsoleThatTheChartDoesNotMake() {
    assertThat(withPrefix("parley.console", new ValuesSchema().keysOf("consoleSettings")))
        .containsExactlyInAnyOrderElementsOf(without(CONSOLE, CONSOLE_OF_THE_CHART));
  }

  @Test
  void theSchemaHasEverySettingOfThePolicyThatTheChartDoesNotMake() {
    assertThat(withPrefix("parley.policy", new ValuesSchema().keysOf("policySettings")))
        .containsExactlyInAnyOrderElementsOf(without(POLICY, POLICY_OF_THE_CHART));
  }

  @Test
  void theSchemaHasEverySettingOfTheRewardServiceThatTheChartDoesNotMake() {
    assertThat(withPrefix("parley.reward", new ValuesSchema().keysOf("rewardSettings")))
        .containsExactlyInAnyOrderElementsOf(without(REWARD, REWARD_OF_THE_CHART));
  }

  @Test
  void theSchemaHasEverySettingOfTheReferenceServiceThatTheChartDoesNotMake() {
    assertThat(withPrefix("parley.reference", new ValuesSchema().keysOf("referenceSettings")))
        .containsExactlyInAnyOrderElementsOf(without(REFERENCE, REFERENCE_OF_THE_CHART));
  }

  @TestFactory
  Stream<DynamicTest> everyEnvironmentVariableIsASettingOfWhatReadsIt() {
    Set<String> known =
        Stream.of(POLICY, REWARD, REFERENCE, CONSOLE)
            .flatMap(Set::stream)
            .map(key -> key.replaceAll("[^a-z0-9]", "_").toUpperCase(Locale.ROOT))
            .collect(Collectors.toSet());
    ProducerConfig.configNames()
        .forEach(name -> known.add("KAFKA_" + name.replace('.', '_').toUpperCase(Locale.ROOT)));
    return Chart.allValues().entrySet().stream()
        .map(
            values ->
                DynamicTest.dynamicTest(
                    values.getKey(),
                    () -> {
                      for (PodTemplate pod : Chart.pods(Chart.render(values.getValue()))) {
                        for (Map<String, Object> container : pod.allContainers()) {
                          assertThat(KubernetesObject.maps(container.get("env")))
                              .as(pod.toString())
                              .extracting(variable -> variable.get("name").toString())
                              .doesNotHaveDuplicates()
                              .filteredOn(name -> name.matches("(PARLEY|KAFKA)_.*"))
                              .filteredOn(name -> !name.matches("PARLEY_(BROKER|DATABASE)_.*"))
                              .filteredOn(name -> !name.equals("PARLEY_JUDGE_API_KEY"))
                              .isSubsetOf(known);
                        }
                      }
                    }));
  }

  @TestFactory
  Stream<DynamicTest> everyFileOfSettingsIsThereAndHasOnlyKnownKeys() {
    return Chart.allValues().entrySet().stream()
        .map(
            values ->
                DynamicTest.dynamicTest(
                    values.getKey(), () -> assertFiles(Chart.render(values.getValue()))));
  }

  private static void assertFiles(List<KubernetesObject> objects) throws IOException {
    for (String service : List.of("policy", "reward", "reference")) {
      String name = Chart.RELEASE + "-" + service;
      if (objects.stream().noneMatch(o -> o.kind().equals("Deployment") && o.name().equals(name))) {
        continue;
      }
      KubernetesObject deployment = ChartTest.named(objects, "Deployment", name);
      Map<String, Object> container = PodTemplate.of(deployment).orElseThrow().containers().get(0);
      String location = variable(container, "QUARKUS_CONFIG_LOCATIONS");
      String file = location.replace("/etc/parley/service/", "");
      String content = ChartTest.named(objects, "ConfigMap", name).text("data", file);
      assertThat(content).as(location).isNotNull();
      if (service.equals("reward")) {
        Map<String, Object> reward =
            KubernetesObject.map(
                KubernetesObject.value(new Yaml().load(content), "parley", "reward"));
        assertThat(KubernetesObject.map(reward.remove("scorers")))
            .containsKey(reward.get("scorer").toString());
        assertThat(withPrefix("parley.reward", List.copyOf(reward.keySet()))).isSubsetOf(REWARD);
      } else {
        Properties properties = new Properties();
        properties.load(new StringReader(content));
        assertThat(properties.stringPropertyNames())
            .isSubsetOf(service.equals("policy") ? POLICY : REFERENCE);
      }
    }
  }

  private static Map<String, Object> container(
      List<KubernetesObject> objects, String kind, String name) {
    return PodTemplate.of(ChartTest.named(objects, kind, name)).orElseThrow().containers().get(0);
  }

  private static String variable(Map<String, Object> container, String name) {
    return KubernetesObject.maps(container.get("env")).stream()
        .filter(variable -> variable.get("name").equals(name))
        .map(variable -> variable.get("value").toString())
        .findFirst()
        .orElseThrow(() -> new AssertionError("there is no variable " + name));
  }

  @Test
  void settingsArriveAsTheyWereWritten() throws IOException {
    KubernetesObject settings =
        ChartTest.named(
            Chart.render(
                "policy: {settings: {engine: {max-cache-tokens: 16777216, decoder: vector},"
                    + " http-api: {model-name: 'a\\b', enabled: false}}}"),
            "ConfigMap",
            "parley-policy");

    Properties read = new Properties();
    read.load(new StringReader(settings.text("data", "policy.properties")));

    assertThat(read)
        .containsOnly(
            Map.entry("parley.policy.engine.max-cache-tokens", "16777216"),
            Map.entry("parley.policy.engine.decoder", "vector"),
            Map.entry("parley.policy.http-api.model-name", "a\\b"),
            Map.entry("parley.policy.http-api.enabled", "false"));
  }

  @Test
  void theTrainerKnowsWhatTheRunTemplateSets() {
    List<KubernetesObject> objects = Chart.render("gpu: {enabled: true}");
    KubernetesObject job =
        ChartTest.named(Chart.runObjects(objects), "Job", "parley-run-__RUN__-trainer");
    List<?> arguments = (List<?>) PodTemplate.of(job).orElseThrow().containers().get(0).get("args");

    assertThat(arguments.subList(0, 4))
        .asString()
        .isEqualTo("[train, __RECIPE__, --config, /etc/parley/run/settings.yaml]");
    List<String> keys = new ArrayList<>();
    for (int i = 4; i < arguments.size(); i += 2) {
      assertThat(arguments.get(i)).isEqualTo("--set");
      keys.add(arguments.get(i + 1).toString().replaceAll("=.*", ""));
    }
    assertThat(keys).containsExactly("run.kafka", "run.stop-seconds", "engine.device");
    assertThat(TRAINER).containsAll(keys);
  }

  @Test
  void policiesAndTrainerOfARunMeetAtTheSameBroker() {
    List<KubernetesObject> run =
        Chart.runObjects(
            Chart.render(
                "kafka: {embedded: {enabled: false}, bootstrapServers: 'a.example.com:9094'}"));
    Map<String, Object> trainer = container(run, "Job", "parley-run-__RUN__-trainer");
    Map<String, Object> policy = container(run, "Deployment", "parley-run-__RUN__-policy");

    assertThat(trainer.get("args").toString()).contains("run.kafka=a.example.com:9094,");
    assertThat(variable(policy, "KAFKA_BOOTSTRAP_SERVERS")).isEqualTo("a.example.com:9094");
  }

  @Test
  void theBrokerForTrialsTellsClientsOfOtherNamespacesANameThatTheyKnow() {
    List<?> arguments =
        (List<?>) container(Chart.render("{}"), "StatefulSet", "parley-kafka").get("args");

    assertThat(arguments.get(arguments.indexOf("--advertise") + 1))
        .isEqualTo("parley-kafka.parley.svc");
  }

  @Test
  void theBrokerForTrialsMakesTopicsAsTheValuesSay() {
    List<KubernetesObject> objects =
        Chart.render(
            "kafka: {topics: {partitions: 8, retentionHours: 24, maxMessageBytes: 33554432}}");
    List<String> arguments =
        ((List<?>) container(objects, "StatefulSet", "parley-kafka").get("args"))
            .stream().map(Object::toString).toList();

    ParseResult parsed =
        new CommandLine(new BrokerCommand(Terminal.ofProcess()))
            .parseArgs(arguments.subList(1, arguments.size()).toArray(String[]::new));

    assertThat(arguments.get(0)).isEqualTo(BrokerCommand.NAME);
    assertThat(parsed.matchedOptionValue("--partitions", 0)).isEqualTo(8);
    assertThat(parsed.matchedOptionValue("--retention-hours", 0L)).isEqualTo(24);
    assertThat(parsed.matchedOptionValue("--dead-letter-retention-hours", 0L)).isEqualTo(672);
    assertThat(parsed.matchedOptionValue("--max-message-bytes", 0)).isEqualTo(32 << 20);
  }

  @Test
  void brokersThatAskWhoIsThereAreToldTheSameByAllFromASecret() {
    List<KubernetesObject> objects =
        Chart.render(List.of(Chart.DIRECTORY.resolve("ci/external-kafka-values.yaml")));
    List<KubernetesObject> run = Chart.runObjects(objects);
    String job =
        objects.stream()
            .map(KubernetesObject::name)
            .filter(name -> name.startsWith("parley-topics-"))
            .findFirst()
            .orElseThrow();

    for (Map<String, Object> container :
        List.of(
            container(run, "Job", "parley-run-__RUN__-trainer"),
            container(run, "Deployment", "parley-run-__RUN__-policy"),
            container(objects, "Job", job))) {
      assertThat(variable(container, "KAFKA_SECURITY_PROTOCOL")).isEqualTo("SASL_SSL");
      assertThat(variable(container, "KAFKA_SASL_JAAS_CONFIG"))
          .isEqualTo(
              "org.apache.kafka.common.security.scram.ScramLoginModule required"
                  + " username=\"$(PARLEY_BROKER_USER)\" password=\"$(PARLEY_BROKER_PASSWORD)\";");
      assertThat(container.get("volumeMounts").toString()).contains("/etc/parley/kafka");
    }
  }

  @Test
  void theConsoleMeetsTheDatabaseOfTheReleaseAsTheUserThatItMakes() {
    List<KubernetesObject> objects =
        Chart.render("{console: {enabled: true}, postgresql: {database: verdicts}}");
    Map<String, Object> console = container(objects, "Deployment", "parley-console");
    Map<String, Object> database = container(objects, "StatefulSet", "parley-postgresql");

    assertThat(variable(console, "QUARKUS_DATASOURCE_JDBC_URL"))
        .isEqualTo("jdbc:postgresql://parley-postgresql:5432/verdicts?sslmode=disable");
    assertThat(database.get("args"))
        .isEqualTo(
            List.of(
                "database",
                "--host",
                "0.0.0.0",
                "--port",
                "5432",
                "--directory",
                "/data/postgres",
                "--name",
                "verdicts",
                "--user",
                "$(PARLEY_DATABASE_USER)"));
    assertThat(secretKey(console, "QUARKUS_DATASOURCE_USERNAME"))
        .isEqualTo(secretKey(database, "PARLEY_DATABASE_USER"))
        .isEqualTo(Map.of("name", "parley-postgresql", "key", "username"));
    assertThat(secretKey(console, "QUARKUS_DATASOURCE_PASSWORD"))
        .isEqualTo(secretKey(database, "PARLEY_DATABASE_PASSWORD"))
        .isEqualTo(Map.of("name", "parley-postgresql", "key", "password"));
    assertThat(variable(console, "KAFKA_BOOTSTRAP_SERVERS"))
        .isEqualTo("parley-kafka.parley.svc:9092");
  }

  @Test
  void theConsoleTrustsTheAuthorityOfADatabaseElsewhere() {
    List<KubernetesObject> objects =
        Chart.render(List.of(Chart.DIRECTORY.resolve("ci/console-database-values.yaml")));
    Map<String, Object> console = container(objects, "Deployment", "parley-console");

    assertThat(variable(console, "QUARKUS_DATASOURCE_JDBC_URL"))
        .isEqualTo(
            "jdbc:postgresql://postgres.example.com:5432/preferences"
                + "?sslmode=verify-full&sslrootcert=/etc/parley/postgresql/ca.crt");
    assertThat(console.get("volumeMounts").toString())
        .contains("/etc/parley/postgresql", "/etc/parley/kafka");
    assertThat(objects).noneMatch(object -> object.name().equals("parley-postgresql"));
  }

  @Test
  void theConsoleComparesTheStandingPolicyAndThoseThatAreNamed() throws IOException {
    Properties read = new Properties();
    read.load(
        new StringReader(
            ChartTest.named(
                    Chart.render(
                        "console: {enabled: true, policies: {my-ppo:"
                            + " 'parley-run-my-ppo-policy:8091'}}"),
                    "ConfigMap",
                    "parley-console")
                .text("data", "console.properties")));

    assertThat(read)
        .containsOnly(
            Map.entry("parley.console.policies.policy", "parley-policy:8091"),
            Map.entry("parley.console.policies.my-ppo", "parley-run-my-ppo-policy:8091"));
  }

  private static Object secretKey(Map<String, Object> container, String variable) {
    return KubernetesObject.maps(container.get("env")).stream()
        .filter(candidate -> candidate.get("name").equals(variable))
        .map(found -> KubernetesObject.value(found, "valueFrom", "secretKeyRef"))
        .findFirst()
        .orElseThrow(() -> new AssertionError("there is no variable " + variable));
  }

  @Test
  void withoutAReferenceServiceRunsAskNone() {
    List<KubernetesObject> run = Chart.runObjects(Chart.render("reference: {enabled: false}"));
    Map<String, Object> container = container(run, "Deployment", "parley-run-__RUN__-policy");

    assertThat(variable(container, "PARLEY_POLICY_REWARD_TARGET"))
        .isEqualTo("dns:///parley-reward:8092");
    assertThat(container.get("env").toString()).doesNotContain("REFERENCE_TARGET");
  }

  private static List<String> withPrefix(String prefix, List<String> keys) {
    return keys.stream().map(key -> prefix + "." + key).toList();
  }

  private static List<String> without(Set<String> keys, Set<String> taken) {
    assertThat(keys).containsAll(taken);
    return keys.stream().filter(key -> !taken.contains(key)).toList();
  }
}
