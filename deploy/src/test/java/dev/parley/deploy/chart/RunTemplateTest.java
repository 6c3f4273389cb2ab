package dev.parley.deploy.chart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.yaml.snakeyaml.Yaml;

/** What {@code parley submit} relies on in the run template, and what a run's objects do. */
class RunTemplateTest {

  private static final String TRAINER = "parley-run-__RUN__-trainer";
  private static final String POLICY = "parley-run-__RUN__-policy";

  private static final String KEDA =
      "autoscaling: {mode: keda, keda: {prometheus: 'http://p:9090'}}";

  @TestFactory
  Stream<DynamicTest> everyObjectOfARunCarriesItsNameItsLabelsAndItsNamespace() {
    return Chart.allValues().entrySet().stream()
        .map(
            values ->
                DynamicTest.dynamicTest(
                    values.getKey(),
                    () ->
                        assertThat(Chart.runObjects(Chart.render(values.getValue())))
                            .hasSizeGreaterThanOrEqualTo(3)
                            .allSatisfy(RunTemplateTest::assertOfARun)));
  }

  private static void assertOfARun(KubernetesObject object) {
    String component = object.name().replace("parley-run-__RUN__-", "");
    assertThat(component).isIn("trainer", "policy");
    assertThat(object.text("metadata", "namespace")).isEqualTo("__NAMESPACE__");
    assertThat(object.labels())
        .containsEntry("app.kubernetes.io/part-of", "parley")
        .containsEntry("app.kubernetes.io/instance", Chart.RELEASE)
        .containsEntry("app.kubernetes.io/component", component)
        .containsEntry("parley.dev/run", "__RUN__");
  }

  @Test
  void theTemplateIsFoundByItsLabel() {
    assertThat(
            Chart.render("{}").stream()
                .filter(object -> "true".equals(object.labels().get("parley.dev/run-template"))))
        .extracting(KubernetesObject::toString)
        .containsExactly("ConfigMap parley-run-template");
  }

  @Test
  void noSelectorOfAStandingServiceMeetsAPodOfARun() {
    List<KubernetesObject> objects = Chart.render("{}");
    Map<String, Object> runPod =
        PodTemplate.of(ChartTest.named(Chart.runObjects(objects), "Deployment", POLICY))
            .orElseThrow()
            .labels();

    for (KubernetesObject object : objects) {
      for (Map<String, Object> selector :
          List.of(
              KubernetesObject.map(object.at("spec", "selector", "matchLabels")),
              object.kind().equals("Service")
                  ? KubernetesObject.map(object.at("spec", "selector"))
                  : Map.<String, Object>of())) {
        if (!selector.isEmpty()) {
          assertThat(selector.entrySet())
              .as(object.toString())
              .anyMatch(label -> !label.getValue().equals(runPod.get(label.getKey())));
        }
      }
    }
    assertThat(runPod).containsEntry("app.kubernetes.io/name", "parley-run");
  }

  @Test
  void drainsAndStopsAreNoFailuresOfTheTrainerAndRefusedSettingsAreFinal() {
    KubernetesObject job = ChartTest.named(Chart.runObjects(Chart.render("{}")), "Job", TRAINER);

    assertThat(PodTemplate.of(job).orElseThrow().spec()).containsEntry("restartPolicy", "Never");
    assertThat(job.text("spec", "podReplacementPolicy"))
        .as("never two trainers at a time")
        .isEqualTo("Failed");
    List<Map<String, Object>> rules =
        KubernetesObject.maps(job.at("spec", "podFailurePolicy", "rules"));
    assertThat(rules)
        .extracting(
            rule ->
                rule.get("action")
                    + " "
                    + (rule.containsKey("onExitCodes")
                        ? KubernetesObject.value(rule, "onExitCodes", "values")
                        : "DisruptionTarget"))
        .containsExactly("Ignore DisruptionTarget", "Ignore [3, 143]", "FailJob [2]");
  }

  @Test
  void policiesReadWhatTheCliWritesAndTheTrainerWritesTheRunsDirectory() {
    List<KubernetesObject> run = Chart.runObjects(Chart.render("{}"));
    Map<String, Object> policy =
        PodTemplate.of(ChartTest.named(run, "Deployment", POLICY))
            .orElseThrow()
            .containers()
            .get(0);
    Map<String, Object> trainer =
        PodTemplate.of(ChartTest.named(run, "Job", TRAINER)).orElseThrow().containers().get(0);

    assertThat(policy.get("env").toString())
        .contains("name=QUARKUS_CONFIG_LOCATIONS, value=/etc/parley/run/policy.properties")
        .contains("name=PARLEY_POLICY_RUN_ID, value=__RUN__");
    assertThat(policy).containsEntry("name", "policy");
    assertThat(trainer).containsEntry("name", "trainer");
    assertThat(KubernetesObject.maps(trainer.get("volumeMounts")))
        .filteredOn(mount -> mount.get("mountPath").equals("/runs"))
        .singleElement()
        .satisfies(mount -> assertThat(mount).doesNotContainKey("readOnly"));
    assertThat(KubernetesObject.maps(policy.get("volumeMounts")))
        .filteredOn(mount -> mount.get("mountPath").equals("/runs"))
        .singleElement()
        .satisfies(mount -> assertThat(mount).containsEntry("readOnly", true));
  }

  @Test
  void withKedaARunsPoliciesFollowItsOwnGroupsLagAndAreNoneWithoutItsTrainer() {
    KubernetesObject scaled =
        ChartTest.named(Chart.runObjects(Chart.render(KEDA)), "ScaledObject", POLICY);

    List<Map<String, Object>> triggers = KubernetesObject.maps(scaled.at("spec", "triggers"));
    assertThat(triggers)
        .extracting(trigger -> trigger.get("name"))
        .containsExactly("lag", "trainer");
    assertThat(KubernetesObject.map(triggers.get(0).get("metadata")))
        .containsEntry("topic", "prompts")
        .containsEntry("consumerGroup", "parley-policy-__RUN__")
        .as("KEDA is in another namespace")
        .containsEntry("bootstrapServers", "parley-kafka.parley.svc:9092");
    assertThat(KubernetesObject.map(triggers.get(1).get("metadata")))
        .containsEntry("podSelector", "parley.dev/run=__RUN__,app.kubernetes.io/component=trainer");
    assertThat(scaled.at("spec", "minReplicaCount")).isEqualTo(0);
    assertThat(scaled.text("spec", "advanced", "scalingModifiers", "formula"))
        .isEqualTo("trainer > 0.0 ? max(lag, 1.0) : 0.0");
    assertThat(scaled.text("spec", "scaleTargetRef", "name")).isEqualTo(POLICY);
  }

  @Test
  void kedaFindsTheBrokersOfStrimziFromItsOwnNamespace() {
    assertThat(lagOfStrimzi("")).isEqualTo("main-kafka-bootstrap.parley.svc:9092");
    assertThat(lagOfStrimzi(", namespace: brokers"))
        .isEqualTo("main-kafka-bootstrap.brokers.svc:9092");
  }

  private static Object lagOfStrimzi(String more) {
    List<KubernetesObject> rendered =
        Chart.render(
            "{%s, kafka: {embedded: {enabled: false}, strimzi: {enabled: true, cluster: main%s}}}"
                .formatted(KEDA, more));
    KubernetesObject scaled = ChartTest.named(Chart.runObjects(rendered), "ScaledObject", POLICY);
    Map<String, Object> lag = KubernetesObject.maps(scaled.at("spec", "triggers")).get(0);
    return KubernetesObject.value(lag, "metadata", "bootstrapServers");
  }

  @Test
  void queuesGetWhatTheyGoBy() {
    List<KubernetesObject> kueue =
        Chart.runObjects(Chart.render("queueing: {kueue: {queueName: research}}"));
    List<KubernetesObject> volcano =
        Chart.runObjects(Chart.render("queueing: {volcano: {queueName: research}}"));

    for (String kind : List.of("Job", "Deployment")) {
      String name = kind.equals("Job") ? TRAINER : POLICY;
      assertThat(ChartTest.named(kueue, kind, name).labels())
          .containsEntry("kueue.x-k8s.io/queue-name", "research");
      KubernetesObject object = ChartTest.named(volcano, kind, name);
      assertThat(object.text("spec", "template", "spec", "schedulerName")).isEqualTo("volcano");
      assertThat(KubernetesObject.map(object.at("spec", "template", "metadata", "annotations")))
          .containsEntry("scheduling.volcano.sh/queue-name", "research");
    }
  }

  @Test
  void thePlainExamplesSettingsAreThoseOfItsRecipe() {
    KubernetesObject settings =
        ChartTest.named(Chart.objects(read("run-job.yaml")), "ConfigMap", "parley-run-tea");
    Map<String, Object> tree =
        KubernetesObject.map(new Yaml().<Object>load(settings.text("data", "settings.yaml")));

    assertThat(leaves("", tree))
        .contains("run.id", "model.path", "prompts.files")
        .isSubsetOf(SettingKeys.of("", "dev.parley.trainer.recipe.grpo.GrpoConfig"));
  }

  private static String read(String example) {
    try {
      return Files.readString(Chart.EXAMPLES.resolve(example));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> leaves(String prefix, Map<String, Object> tree) {
    return tree.entrySet().stream()
        .flatMap(
            entry ->
                entry.getValue() instanceof Map
                    ? leaves(prefix + entry.getKey() + ".", KubernetesObject.map(entry.getValue()))
                        .stream()
                    : Stream.of(prefix + entry.getKey()))
        .toList();
  }
}
