package dev.parley.deploy.chart;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What holds for every pod that the chart makes, whatever the values, those of runs included. */
class ChartSecurityTest {

  @TestFactory
  Stream<DynamicTest> podsMeetPodSecurityRestricted() {
    return forAllPods(
        pod -> {
          Map<String, Object> spec = pod.spec();
          assertThat(spec).doesNotContainKeys("hostNetwork", "hostPID", "hostIPC");
          Map<String, Object> security = KubernetesObject.map(spec.get("securityContext"));
          assertThat(security)
              .containsEntry("runAsNonRoot", true)
              .containsEntry("runAsUser", 10001);
          assertThat(KubernetesObject.value(security, "seccompProfile", "type"))
              .isEqualTo("RuntimeDefault");
          assertThat(KubernetesObject.maps(spec.get("volumes")))
              .as("kinds of volumes")
              .flatExtracting(Map::keySet)
              .isSubsetOf("name", "configMap", "secret", "emptyDir", "persistentVolumeClaim");
          for (Map<String, Object> container : pod.allContainers()) {
            assertThat(KubernetesObject.map(container.get("securityContext")))
                .as(pod + ", container " + container.get("name"))
                .containsEntry("allowPrivilegeEscalation", false)
                .containsEntry("readOnlyRootFilesystem", true)
                .containsEntry("capabilities", Map.of("drop", List.of("ALL")))
                .doesNotContainKey("privileged");
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> noPodHasATokenOrVariablesOfServices() {
    return forAllPods(
        pod ->
            assertThat(pod.spec())
                .containsEntry("automountServiceAccountToken", false)
                .containsEntry("enableServiceLinks", false)
                .satisfies(
                    spec ->
                        assertThat(spec.get("serviceAccountName"))
                            .matches(
                                account ->
                                    account == null
                                        ? pod.owner().kind().equals("Pod")
                                        : account.toString().startsWith("parley-"))));
  }

  @TestFactory
  Stream<DynamicTest> everyContainerAsksForProcessorAndMemoryAndHasALimitOfMemory() {
    return forAllPods(
        pod -> {
          for (Map<String, Object> container : pod.allContainers()) {
            String name = pod + ", container " + container.get("name");
            Map<String, Object> resources = KubernetesObject.map(container.get("resources"));
            assertThat(KubernetesObject.map(resources.get("requests")))
                .as(name)
                .containsKeys("cpu", "memory");
            assertThat(KubernetesObject.map(resources.get("limits")))
                .as(name)
                .containsKey("memory");
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> everyPodThatStaysIsProbedAndEndsInOrder() {
    return forAllPods(
        pod -> {
          if (pod.stands() || pod.owner().name().endsWith("-trainer")) {
            assertThat(pod.containers().get(0))
                .containsKeys("startupProbe", "readinessProbe", "livenessProbe");
            assertThat(pod.spec()).containsKey("terminationGracePeriodSeconds");
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> mountsHaveVolumesAndOnlyTheTrainerTheToolboxAndTheJobWrite() {
    return forAllPods(
        pod -> {
          List<Object> volumes = new ArrayList<>();
          KubernetesObject.maps(pod.spec().get("volumes")).forEach(v -> volumes.add(v.get("name")));
          KubernetesObject.maps(pod.owner().at("spec", "volumeClaimTemplates"))
              .forEach(claim -> volumes.add(KubernetesObject.value(claim, "metadata", "name")));
          for (Map<String, Object> container : pod.allContainers()) {
            List<Map<String, Object>> mounts = KubernetesObject.maps(container.get("volumeMounts"));
            assertThat(mounts).extracting(m -> m.get("name")).isSubsetOf(volumes);
            for (Map<String, Object> mount : mounts) {
              boolean writable = !Boolean.TRUE.equals(mount.get("readOnly"));
              if (writable && !Set.of("/tmp", "/data").contains(mount.get("mountPath"))) {
                assertThat(List.of(pod.owner().name() + " " + mount.get("mountPath")))
                    .first()
                    .asString()
                    .matches(
                        "parley-run-__RUN__-trainer /runs"
                            + "|parley-models-\\w+ /models"
                            + "|parley-toolbox /(models|runs)");
              }
            }
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> secretsAreOnlyReferredTo() {
    return Chart.allValues().entrySet().stream()
        .map(
            values ->
                DynamicTest.dynamicTest(
                    values.getKey(),
                    () -> {
                      List<KubernetesObject> objects = Chart.render(values.getValue());
                      assertThat(objects)
                          .filteredOn(object -> object.kind().equals("Secret"))
                          .extracting(KubernetesObject::name)
                          .isSubsetOf("parley-console", "parley-postgresql");
                      assertThat(objects)
                          .filteredOn(object -> object.kind().equals("ClusterRole"))
                          .isEmpty();
                      for (PodTemplate pod : Chart.pods(objects)) {
                        for (Map<String, Object> container : pod.allContainers()) {
                          assertThat(KubernetesObject.maps(container.get("env")))
                              .filteredOn(
                                  variable ->
                                      variable
                                          .get("name")
                                          .toString()
                                          .matches(".*(TOKEN|PASSWORD|SECRET|API_KEY).*"))
                              .allMatch(
                                  variable ->
                                      KubernetesObject.value(variable, "valueFrom", "secretKeyRef")
                                          != null);
                        }
                      }
                    }));
  }

  @Test
  void aSecretThatTheChartMakesUpIsRandomAndNoneIsMadeWhereOneIsNamed() {
    String values = "console: {enabled: true}";
    assertThat(madeUp(Chart.render(values)))
        .hasSize(3)
        .doesNotHaveDuplicates()
        .allMatch(secret -> secret.matches("[0-9A-Za-z]{32}"))
        .doesNotContainAnyElementsOf(madeUp(Chart.render(values + "\ncommonLabels: {a: b}")));

    List<KubernetesObject> named =
        Chart.render(
            "{console: {enabled: true, access: {existingSecret: mine}}, postgresql:"
                + " {existingSecret: mine-too}}");
    assertThat(named).noneMatch(object -> object.kind().equals("Secret"));
    assertThat(
            List.of(
                ChartTest.named(named, "Deployment", "parley-console").at("spec").toString(),
                ChartTest.named(named, "StatefulSet", "parley-postgresql").at("spec").toString()))
        .allMatch(spec -> spec.contains("name=mine-too, key=password"))
        .first()
        .asString()
        .contains("name=mine, key=access-token");
  }

  private static List<String> madeUp(List<KubernetesObject> objects) {
    return Stream.of(
            "parley-console access-token",
            "parley-console admin-token",
            "parley-postgresql password")
        .map(place -> place.split(" "))
        .map(place -> ChartTest.named(objects, "Secret", place[0]).text("data", place[1]))
        .map(text -> new String(Base64.getDecoder().decode(text), StandardCharsets.US_ASCII))
        .toList();
  }

  @Test
  void noServiceAccountHasAPermissionAndWhoManagesRunsHasThoseForRunsAlone() {
    List<KubernetesObject> objects =
        Chart.render("runManagers: [{kind: Group, name: researchers}]");

    KubernetesObject role = ChartTest.named(objects, "Role", "parley-run-manager");
    Set<Object> resources = new HashSet<>();
    for (Map<String, Object> rule : KubernetesObject.maps(role.at("rules"))) {
      resources.addAll((List<?>) rule.get("resources"));
      assertThat(rule.get("verbs").toString()).doesNotContain("*");
    }
    assertThat(resources)
        .doesNotContain(
            "secrets", "serviceaccounts", "roles", "rolebindings", "networkpolicies", "*");
    KubernetesObject binding = ChartTest.named(objects, "RoleBinding", "parley-run-manager");
    assertThat(KubernetesObject.maps(binding.at("subjects")))
        .extracting(subject -> subject.get("kind") + " " + subject.get("name"))
        .containsExactly("Group researchers");
    assertThat(objects.stream().filter(object -> object.kind().equals("Role"))).hasSize(1);
    assertThat(Chart.render("{}")).noneMatch(object -> object.kind().equals("RoleBinding"));
  }

  @Test
  void whoManagesRunsMayMakeEveryKindThatARunIsMadeOf() {
    for (String mode : List.of("none", "hpa", "keda")) {
      List<KubernetesObject> objects =
          Chart.render(
              "autoscaling: {mode: %s, keda: {prometheus: 'http://p:9090'}}".formatted(mode));
      KubernetesObject role = ChartTest.named(objects, "Role", "parley-run-manager");

      for (KubernetesObject object : Chart.runObjects(objects)) {
        String group =
            object.text("apiVersion").contains("/")
                ? object.text("apiVersion").replaceAll("/.*", "")
                : "";
        String plural = object.kind().toLowerCase(Locale.ROOT) + "s";
        assertThat(KubernetesObject.maps(role.at("rules")))
            .as(group + " " + plural)
            .anyMatch(
                rule ->
                    ((List<?>) rule.get("apiGroups")).contains(group)
                        && ((List<?>) rule.get("resources")).contains(plural)
                        && ((List<?>) rule.get("verbs")).contains("create")
                        && ((List<?>) rule.get("verbs")).contains("delete"));
      }
    }
  }

  @Test
  void whoManagesRunsMayTakeThemOutOfAQueueWhereThereIsOne() {
    assertThat(rulesOfRunManagers("queueing: {kueue: {queueName: research}}"))
        .anyMatch(
            rule ->
                rule.get("resources").equals(List.of("workloads"))
                    && ((List<?>) rule.get("verbs")).containsAll(List.of("list", "patch")));
    assertThat(rulesOfRunManagers("{}"))
        .noneMatch(rule -> rule.get("apiGroups").toString().contains("kueue"));
  }

  private static List<Map<String, Object>> rulesOfRunManagers(String values) {
    return KubernetesObject.maps(
        ChartTest.named(Chart.render(values), "Role", "parley-run-manager").at("rules"));
  }

  private static Stream<DynamicTest> forAllPods(Consumer<PodTemplate> check) {
    return Chart.allValues().entrySet().stream()
        .map(
            values ->
                DynamicTest.dynamicTest(values.getKey(), () -> each(values.getValue(), check)));
  }

  private static void each(List<Path> values, Consumer<PodTemplate> check) {
    List<PodTemplate> pods = Chart.pods(Chart.render(values));
    assertThat(pods).hasSizeGreaterThanOrEqualTo(3);
    pods.forEach(check);
  }
}
