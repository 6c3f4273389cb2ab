package dev.parley.deploy.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.marcnuri.helm.LintResult;
import dev.parley.proto.Topics;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What the chart renders, and what it refuses. */
class ChartTest {

  @TempDir Path workplace;

  @TestFactory
  Stream<DynamicTest> everyValuesFileIsCleanUnderStrictLint() {
    return Chart.allValues().entrySet().stream()
        .map(
            values ->
                DynamicTest.dynamicTest(
                    values.getKey(), () -> assertCleanLint(values.getKey(), values.getValue())));
  }

  private void assertCleanLint(String name, List<Path> files) throws IOException {
    Map<String, Object> values = Chart.defaults();
    for (Path file : files) {
      values = Chart.merged(values, KubernetesObject.map(Chart.read(file)));
    }

    LintResult result = Chart.lint(values, workplace.resolve(name.replaceAll("[^a-z]", "-")));

    assertThat(result.isFailed()).as(String.join("\n", result.getMessages())).isFalse();
  }

  @TestFactory
  Stream<DynamicTest> everyValuesFileRendersDistinctObjectsInTheReleasesNamespace() {
    return Chart.allValues().entrySet().stream()
        .map(
            values ->
                DynamicTest.dynamicTest(
                    values.getKey(), () -> assertObjects(Chart.render(values.getValue()))));
  }

  private static void assertObjects(List<KubernetesObject> objects) {
    assertThat(objects).extracting(KubernetesObject::toString).doesNotHaveDuplicates();
    assertThat(objects)
        .filteredOn(object -> !object.kind().equals("PriorityClass"))
        .allSatisfy(
            object ->
                assertThat(object.text("metadata", "namespace"))
                    .as(object.toString())
                    .isEqualTo(Chart.RELEASE));
    assertThat(objects)
        .allSatisfy(
            object ->
                assertThat(object.labels())
                    .as(object.toString())
                    .containsEntry("app.kubernetes.io/part-of", "parley")
                    .containsEntry("app.kubernetes.io/instance", Chart.RELEASE));
  }

  @Test
  void theSameValuesRenderTheSameBytes() {
    assertThat(Chart.text(List.of())).isEqualTo(Chart.text(List.of()));
  }

  @Test
  void aChangedSettingRollsThePodsOfItsServiceAlone() {
    List<KubernetesObject> before = Chart.render("{}");
    List<KubernetesObject> after =
        Chart.render("reward: {settings: {batch-items: 32}}\npolicy: {replicas: 2}");

    assertThat(podTemplate(after, "parley-reward"))
        .isNotEqualTo(podTemplate(before, "parley-reward"));
    assertThat(podTemplate(after, "parley-policy")).isEqualTo(podTemplate(before, "parley-policy"));
    assertThat(podTemplate(after, "parley-reference"))
        .isEqualTo(podTemplate(before, "parley-reference"));
  }

  private static Object podTemplate(List<KubernetesObject> objects, String deployment) {
    return named(objects, "Deployment", deployment).at("spec", "template");
  }

  @Test
  void anotherListOfModelsMakesAnotherJobSinceAJobCannotBeChanged() {
    List<String> before = jobs("models: {fetch: [{source: a/b, directory: b}]}");
    List<String> after = jobs("models: {fetch: [{source: a/c, directory: c}]}");
    List<String> otherImage =
        jobs("{image: {tag: '9'}, models: {fetch: [{source: a/b, directory: b}]}}");

    assertThat(Stream.of(before, after, otherImage).flatMap(List::stream))
        .hasSize(3)
        .doesNotHaveDuplicates()
        .allMatch(name -> name.matches("parley-models-[0-9a-f]{8}"));
  }

  private static List<String> jobs(String values) {
    return Chart.render(values).stream()
        .filter(object -> object.kind().equals("Job"))
        .map(KubernetesObject::name)
        .toList();
  }

  @Test
  void strimziGetsExactlyTheTopicsOfTheContract() {
    List<KubernetesObject> topics =
        Chart.render(
                "kafka: {embedded: {enabled: false}, strimzi: {enabled: true}, topics: {partitions:"
                    + " 8, replicationFactor: 3}}")
            .stream()
            .filter(object -> object.kind().equals("KafkaTopic"))
            .toList();

    assertThat(topics)
        .extracting(topic -> topic.text("spec", "topicName"))
        .containsExactlyInAnyOrderElementsOf(topicsOfTheContract());
    assertThat(topics)
        .allSatisfy(
            topic -> {
              String name = topic.text("spec", "topicName");
              boolean divided = Set.of(Topics.PROMPTS, Topics.ROLLOUTS).contains(name);
              assertThat(topic.at("spec", "partitions")).as(name).isEqualTo(divided ? 8 : 1);
              assertThat(topic.at("spec", "replicas")).as(name).isEqualTo(3);
              assertThat(topic.at("spec", "config", "max.message.bytes"))
                  .as(name)
                  .isEqualTo(16 << 20);
              assertThat(topic.at("spec", "config", "cleanup.policy"))
                  .as(name)
                  .isEqualTo(name.equals(Topics.POLICY_VERSIONS) ? "compact" : "delete");
            });
  }

  private static List<String> topicsOfTheContract() {
    return Arrays.stream(Topics.class.getFields())
        .filter(field -> Modifier.isStatic(field.getModifiers()))
        .map(
            field -> {
              try {
                return (String) field.get(null);
              } catch (IllegalAccessException e) {
                throw new IllegalStateException(e);
              }
            })
        .toList();
  }

  @Test
  void withGpusEveryPodThatComputesHasOneAndTheImageOfCuda() {
    List<PodTemplate> pods =
        Chart.pods(Chart.render("gpu: {enabled: true, runtimeClassName: nvidia}"));

    Map<String, List<PodTemplate>> byComponent =
        pods.stream()
            .collect(
                Collectors.groupingBy(
                    pod -> pod.labels().get("app.kubernetes.io/component").toString()));
    for (String component : List.of("policy", "reference", "trainer")) {
      assertThat(byComponent.get(component))
          .isNotEmpty()
          .allSatisfy(
              pod -> {
                Map<String, Object> container = pod.containers().get(0);
                assertThat(
                        KubernetesObject.value(container, "resources", "limits", "nvidia.com/gpu"))
                    .as(pod.toString())
                    .isEqualTo(1);
                assertThat(container.get("image").toString()).endsWith(":0.1.0-cuda");
                assertThat(pod.spec()).containsEntry("runtimeClassName", "nvidia");
                assertThat(container.toString()).contains("cuda");
              });
    }
    assertThat(byComponent.get("reward").get(0).containers().get(0).toString())
        .as("rules need no GPU")
        .doesNotContain("nvidia.com/gpu", "cuda");
  }

  @Test
  void helmTestAsksForARealAnswerAndARealScore() {
    List<KubernetesObject> objects =
        Chart.render("tests: {prompt: 'Tea?', score: {response: 'Yes.'}}");

    assertThat(arguments(objects, "parley-test-generate"))
        .isEqualTo(
            List.of(
                "generate",
                "--target",
                "parley-policy:8091",
                "--prompt",
                "Tea?",
                "--max-new-tokens",
                "16"));
    assertThat(arguments(objects, "parley-test-score"))
        .isEqualTo(
            List.of(
                "score",
                "--target",
                "parley-reward:8092",
                "--prompt",
                "Tea?",
                "--response",
                "Yes."));
    assertThat(Chart.render("{policy: {enabled: false}, tests: {score: {enabled: false}}}"))
        .noneMatch(object -> object.kind().equals("Pod"));
  }

  private static Object arguments(List<KubernetesObject> objects, String pod) {
    return PodTemplate.of(named(objects, "Pod", pod)).orElseThrow().containers().get(0).get("args");
  }

  @Test
  void servicesAndRunsSendTracesWhereTheValuesSayAndNowhereElse() {
    List<PodTemplate> with =
        Chart.pods(Chart.render("tracing: {endpoint: 'http://collector.monitoring.svc:4317'}"));
    List<PodTemplate> without = Chart.pods(Chart.render("{}"));

    assertThat(with)
        .filteredOn(
            pod ->
                Set.of("policy", "reward", "reference", "trainer")
                    .contains(pod.labels().get("app.kubernetes.io/component").toString()))
        .hasSize(5)
        .allSatisfy(
            pod ->
                assertThat(pod.containers().get(0).get("env").toString())
                    .contains("name=QUARKUS_OTEL_SDK_DISABLED, value=false")
                    .contains("value=http://collector.monitoring.svc:4317"));
    assertThat(without)
        .noneMatch(pod -> pod.containers().get(0).toString().contains("QUARKUS_OTEL"));
  }

  @Test
  void everyDashboardAndRuleFileBecomesAnObject() throws IOException {
    List<KubernetesObject> objects =
        Chart.render("monitoring: {dashboards: {enabled: true}, alerts: {enabled: true}}");

    assertThat(count(objects, "PrometheusRule")).isEqualTo(files("alerts", ".yaml"));
    assertThat(
            objects.stream().filter(o -> "1".equals(o.labels().get("grafana_dashboard"))).count())
        .isEqualTo(files("dashboards", ".json"));
  }

  @Test
  void everyDashboardAndRuleArrivesAsItsFileIs() throws IOException {
    List<KubernetesObject> objects =
        Chart.render("monitoring: {dashboards: {enabled: true}, alerts: {enabled: true}}");

    for (KubernetesObject object : objects) {
      if ("1".equals(object.labels().get("grafana_dashboard"))) {
        Map.Entry<String, Object> file =
            KubernetesObject.map(object.at("data")).entrySet().iterator().next();
        assertThat(file.getValue().toString().strip())
            .isEqualTo(
                Files.readString(Chart.DIRECTORY.resolve("dashboards").resolve(file.getKey()))
                    .strip());
      }
      if (object.kind().equals("PrometheusRule")) {
        String file = object.name().replace("parley-", "") + ".yaml";
        assertThat(object.at("spec"))
            .isEqualTo(Chart.read(Chart.DIRECTORY.resolve("alerts").resolve(file)));
      }
    }
  }

  @Test
  void queuesAreWatchedByMetersThatThereAre() throws IOException {
    String catalogue = Files.readString(Chart.ROOT.resolve("deploy/monitoring/metrics.md"));
    List<String> queries =
        Chart.render("autoscaling: {mode: keda, keda: {prometheus: 'http://p:9090'}}").stream()
            .filter(object -> object.kind().equals("ScaledObject"))
            .map(
                object ->
                    KubernetesObject.value(
                            KubernetesObject.maps(object.at("spec", "triggers")).get(0),
                            "metadata",
                            "query")
                        .toString())
            .toList();

    assertThat(queries).hasSize(3);
    assertThat(queries)
        .allSatisfy(
            query ->
                assertThat(catalogue)
                    .contains("`" + query.replaceAll("sum\\((\\w+)\\{.*", "$1") + "`"));
  }

  @Test
  void runbooksAreWhereTheValuesSayThatTheRepositoryIsRead() {
    List<KubernetesObject> rules =
        Chart.render(
                "monitoring: {alerts: {enabled: true}, runbookBase: 'https://git.example.com/'}")
            .stream()
            .filter(object -> object.kind().equals("PrometheusRule"))
            .toList();

    assertThat(rules)
        .flatExtracting(rule -> KubernetesObject.maps(rule.at("spec", "groups")))
        .flatExtracting(group -> KubernetesObject.maps(group.get("rules")))
        .hasSizeGreaterThan(10)
        .allSatisfy(
            rule ->
                assertThat(KubernetesObject.value(rule, "annotations", "runbook_url").toString())
                    .startsWith("https://git.example.com/deploy/monitoring/runbooks.md#"));
  }

  @Test
  void aServiceThatEndsAnswersForAsLongAsTheValuesSayAndHasTimeForIt() {
    List<KubernetesObject> objects =
        Chart.render(
            "{reward: {shutdownDelaySeconds: 7}, run: {policy: {shutdownDelaySeconds: 9}},"
                + " console: {enabled: true}}");
    Map<String, Long> delays = new TreeMap<>();
    for (PodTemplate pod : Chart.pods(objects)) {
      assertThat(pod.containers().get(0)).doesNotContainKey("lifecycle");
      KubernetesObject.maps(pod.containers().get(0).get("env")).stream()
          .filter(variable -> variable.get("name").equals("QUARKUS_SHUTDOWN_DELAY"))
          .map(variable -> variable.get("value").toString().replace("s", ""))
          .map(Long::valueOf)
          .forEach(
              delay -> {
                delays.put(pod.owner().name(), delay);
                assertThat(((Number) pod.spec().get("terminationGracePeriodSeconds")).longValue())
                    .isGreaterThanOrEqualTo(delay + 20);
              });
    }
    assertThat(delays)
        .containsOnly(
            Map.entry("parley-policy", 5L),
            Map.entry("parley-reward", 7L),
            Map.entry("parley-reference", 5L),
            Map.entry("parley-console", 5L),
            Map.entry("parley-run-__RUN__-policy", 9L));
  }

  private static long count(List<KubernetesObject> objects, String kind) {
    return objects.stream().filter(object -> object.kind().equals(kind)).count();
  }

  private static long files(String directory, String end) {
    String[] names = Chart.DIRECTORY.resolve(directory).toFile().list((d, n) -> n.endsWith(end));
    return names == null ? 0 : names.length;
  }

  // ------------------------------------------------------------------ refusals

  @Test
  void aMisspeltKeyAnywhereIsRefusedByItsName() {
    List<String> misspelt = new ArrayList<>();
    Object values = new ValuesSchema().misspelling(misspelt);

    String refusal = Chart.refusal(new org.yaml.snakeyaml.Yaml().dump(values));

    assertThat(misspelt).hasSizeGreaterThan(300);
    assertThat(misspelt).allSatisfy(key -> assertThat(refusal).contains("'" + key + "'"));
  }

  @Test
  void everyKeyOfTheSchemaHasADefault() {
    assertThat(new ValuesSchema().keysWithoutDefault(Chart.defaults())).isEmpty();
  }

  @Test
  void noBrokerIsRefused() {
    assertThat(Chart.refusal("kafka: {embedded: {enabled: false}}"))
        .contains("there is no broker: set kafka.bootstrapServers");
  }

  @Test
  void twoBrokersAreRefused() {
    assertThat(Chart.refusal("kafka: {strimzi: {enabled: true}}"))
        .contains("kafka.embedded.enabled and kafka.strimzi.enabled are both true");
    assertThat(Chart.refusal("kafka: {bootstrapServers: 'kafka:9092'}"))
        .contains("kafka.bootstrapServers is set while kafka.embedded.enabled is true");
  }

  @Test
  void aPasswordWithoutASecretIsRefused() {
    assertThat(
            Chart.refusal(
                "kafka: {embedded: {enabled: false}, bootstrapServers: 'kafka:9092', security:"
                    + " {protocol: SASL_SSL}}"))
        .contains(
            "name the Secret with user name and password in kafka.security.sasl.existingSecret");
  }

  @Test
  void topicsThatCannotHoldARolloutAreRefused() {
    assertThat(Chart.refusal("policy: {settings: {rollout: {max-record-bytes: 16777216}}}"))
        .contains("kafka.topics.maxMessageBytes is 16777216", "it must be at least 16842752");
  }

  @Test
  void aConsoleWithoutADatabaseOrWithTwoIsRefused() {
    assertThat(
            Chart.refusal("{console: {enabled: true}, postgresql: {embedded: {enabled: false}}}"))
        .contains("the console has no database: set postgresql.host");
    assertThat(Chart.refusal("{console: {enabled: true}, postgresql: {host: db}}"))
        .contains("postgresql.host is set while postgresql.embedded.enabled is true");
    assertThat(
            Chart.refusal(
                "{console: {enabled: true}, postgresql: {host: db, embedded: {enabled: false}}}"))
        .contains("postgresql.host is db; name the Secret with user name and password");
  }

  @Test
  void aConsoleThatIsOpenAndAsksForATokenIsRefused() {
    assertThat(
            Chart.refusal("console: {enabled: true, access: {open: true, existingSecret: token}}"))
        .contains("console.access.open is true", "choose one");
  }

  @Test
  void aScorerThatIsNotThereIsRefusedAndThoseThatAreThereAreNamed() {
    assertThat(Chart.refusal("reward: {scorer: helpful}"))
        .contains("reward.scorer is \"helpful\"", "it has: brief");
  }

  @Test
  void aServiceWithoutAModelIsRefused() {
    assertThat(Chart.refusal("policy: {model: ''}")).contains("policy.model is empty");
    assertThat(Chart.refusal("reference: {model: ''}")).contains("reference.model is empty");
  }

  @Test
  void moreScaledPoliciesThanPartitionsAreRefused() {
    assertThat(
            Chart.refusal(
                "autoscaling: {mode: keda, keda: {prometheus: 'http://p:9090'}, runPolicy:"
                    + " {maxReplicas: 9}}"))
        .contains("autoscaling.runPolicy.maxReplicas is 9", "kafka.topics.partitions=4");
  }

  @Test
  void scalingByQueuesWithoutAPrometheusIsRefused() {
    assertThat(Chart.refusal("autoscaling: {mode: keda}"))
        .contains("set autoscaling.keda.prometheus");
  }

  static KubernetesObject named(List<KubernetesObject> objects, String kind, String name) {
    return objects.stream()
        .filter(object -> object.kind().equals(kind) && object.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("there is no " + kind + " " + name));
  }
}
