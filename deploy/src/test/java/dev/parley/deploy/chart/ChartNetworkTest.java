package dev.parley.deploy.chart;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Which connections the NetworkPolicies let through, worked out as a network plugin does: the
 * sender's egress and the receiver's ingress must both allow one.
 */
class ChartNetworkTest {

  private static final Map<String, Object> POLICY = standing("policy");
  private static final Map<String, Object> STRANGER = Map.of("app", "stranger");

  /** Who there may be in the namespace, and the port of each. */
  private static final Map<String, Map<String, Object>> PODS = pods();

  private static final Map<String, Integer> PORTS =
      Map.of(
          "policy",
          8091,
          "run policy",
          8091,
          "reward",
          8092,
          "reference",
          8093,
          "trainer",
          8083,
          "broker",
          9092,
          "console",
          8095,
          "database",
          5432);

  private static Map<String, Map<String, Object>> pods() {
    Map<String, Map<String, Object>> pods = new LinkedHashMap<>();
    pods.put("policy", POLICY);
    pods.put("reward", standing("reward"));
    pods.put("reference", standing("reference"));
    pods.put("broker", standing("kafka"));
    pods.put("console", standing("console"));
    pods.put("database", standing("postgresql"));
    pods.put("toolbox", standing("toolbox"));
    pods.put("test", standing("test"));
    pods.put("job", standing("cli"));
    pods.put("run policy", run("policy"));
    pods.put("trainer", run("trainer"));
    pods.put("stranger", STRANGER);
    pods.put(
        "another release",
        Map.of(
            "app.kubernetes.io/name", "parley",
            "app.kubernetes.io/instance", "other",
            "app.kubernetes.io/component", "toolbox"));
    return pods;
  }

  private static Map<String, Object> standing(String component) {
    return Map.of(
        "app.kubernetes.io/name",
        "parley",
        "app.kubernetes.io/instance",
        Chart.RELEASE,
        "app.kubernetes.io/component",
        component);
  }

  private static Map<String, Object> run(String component) {
    return Map.of(
        "app.kubernetes.io/name",
        "parley-run",
        "app.kubernetes.io/instance",
        Chart.RELEASE,
        "app.kubernetes.io/component",
        component,
        "parley.dev/run",
        "my-run");
  }

  @Test
  void theArrowsAreThoseOfTheDesignAndNoOthers() {
    assertThat(arrows(Chart.render("{toolbox: {enabled: true}, console: {enabled: true}}")))
        .containsExactlyInAnyOrder(
            // docs/architecture.md
            "run policy → reward",
            "run policy → reference",
            "run policy → broker",
            "trainer → broker",
            "console → database",
            "console → broker",
            "console → policy",
            "console → run policy",
            // best_of asks for scores
            "policy → reward",
            // people, and helm test
            "toolbox → policy",
            "toolbox → run policy",
            "toolbox → reward",
            "toolbox → reference",
            "toolbox → broker",
            "test → policy",
            "test → run policy",
            "test → reward",
            "test → reference");
  }

  @Test
  void podsAreWhatThisTestTakesThemFor() {
    Set<Map<String, Object>> known = Set.copyOf(PODS.values());
    for (PodTemplate pod :
        Chart.pods(Chart.render("{toolbox: {enabled: true}, console: {enabled: true}}"))) {
      Map<String, Object> labels = new LinkedHashMap<>();
      for (String key : List.of("name", "instance", "component")) {
        labels.put("app.kubernetes.io/" + key, pod.labels().get("app.kubernetes.io/" + key));
      }
      if (pod.labels().containsKey("parley.dev/run")) {
        labels.put("parley.dev/run", "my-run");
      }
      assertThat(known).as(pod.toString()).contains(labels);
    }
  }

  @Test
  void ofOtherNamespacesOnlyPrometheusComesInAndOnlyToMetrics() {
    List<KubernetesObject> policies = policies(Chart.render("console: {enabled: true}"));
    Map<String, Object> monitoring = Map.of("kubernetes.io/metadata.name", "monitoring");
    Map<String, Object> elsewhere = Map.of("kubernetes.io/metadata.name", "elsewhere");

    for (String receiver :
        List.of("policy", "run policy", "reward", "reference", "trainer", "console")) {
      int port = PORTS.get(receiver);
      assertThat(ingress(policies, STRANGER, monitoring, PODS.get(receiver), port)).isTrue();
      assertThat(ingress(policies, STRANGER, elsewhere, PODS.get(receiver), port)).isFalse();
      assertThat(ingress(policies, STRANGER, monitoring, PODS.get(receiver), 22)).isFalse();
    }
    assertThat(ingress(policies, STRANGER, monitoring, PODS.get("broker"), 9092)).isFalse();
  }

  @Test
  void kedaReadsLagFromTheBrokerForTrialsWhereItCountsPolicies() {
    Map<String, Object> keda = Map.of("kubernetes.io/metadata.name", "keda");
    for (String mode : List.of("none", "hpa", "keda")) {
      List<KubernetesObject> policies =
          policies(
              Chart.render(
                  "autoscaling: {mode: %s, keda: {prometheus: 'http://p:9090'}}".formatted(mode)));

      assertThat(ingress(policies, STRANGER, keda, PODS.get("broker"), 9092))
          .as(mode)
          .isEqualTo(mode.equals("keda"));
      assertThat(ingress(policies, STRANGER, keda, PODS.get("run policy"), 8091)).isFalse();
    }
  }

  @Test
  void clientsThatTheValuesNameReachTheStandingPolicyAlone() {
    List<KubernetesObject> policies =
        policies(
            Chart.render(
                "policy: {allowFrom: [{namespaceSelector: {matchLabels: {team: product}}}]}"));
    Map<String, Object> product = Map.of("team", "product");

    assertThat(ingress(policies, STRANGER, product, POLICY, 8091)).isTrue();
    assertThat(ingress(policies, STRANGER, product, PODS.get("run policy"), 8091)).isFalse();
    assertThat(ingress(policies, STRANGER, product, PODS.get("reward"), 8092)).isFalse();
  }

  @Test
  void browsersReachTheConsoleByTheIngressAlone() {
    Map<String, Object> controller = Map.of("kubernetes.io/metadata.name", "ingress-nginx");
    Map<String, Object> elsewhere = Map.of("kubernetes.io/metadata.name", "elsewhere");
    for (boolean enabled : List.of(true, false)) {
      List<KubernetesObject> policies =
          policies(
              Chart.render("console: {enabled: true, ingress: {enabled: %s}}".formatted(enabled)));
      assertThat(ingress(policies, STRANGER, controller, PODS.get("console"), 8095))
          .isEqualTo(enabled);
      assertThat(ingress(policies, STRANGER, elsewhere, PODS.get("console"), 8095)).isFalse();
      assertThat(ingress(policies, STRANGER, controller, PODS.get("database"), 5432)).isFalse();
    }
  }

  @Test
  void aDatabaseElsewhereIsReachedByTheConsoleAlone() {
    List<KubernetesObject> policies =
        policies(Chart.render(List.of(Chart.DIRECTORY.resolve("ci/console-database-values.yaml"))));
    assertThat(policies).noneMatch(policy -> policy.name().equals("parley-postgresql"));
    assertThat(policies)
        .filteredOn(policy -> policy.at("spec", "egress").toString().contains("10.20.1.0/24"))
        .singleElement()
        .satisfies(
            policy -> {
              assertThat(policy.name()).isEqualTo("parley-console");
              assertThat(policy.at("spec", "egress").toString()).contains("port=5432");
            });
  }

  @Test
  void outOfTheClusterGoOnlyTheJobsAndTheToolbox() {
    List<KubernetesObject> policies =
        policies(Chart.render("{toolbox: {enabled: true}, console: {enabled: true}}"));
    Map<String, Object> internet = Map.of("somewhere", "else");

    for (Map.Entry<String, Map<String, Object>> pod : PODS.entrySet()) {
      boolean free = Set.of("stranger", "another release").contains(pod.getKey());
      boolean fetches = Set.of("job", "toolbox", "test").contains(pod.getKey());
      assertThat(egress(policies, pod.getValue(), STRANGER, internet, 443))
          .as(pod.getKey())
          .isEqualTo(free || fetches);
    }
  }

  @Test
  void brokersElsewhereAreReachedOnTheirPortsByThoseWhoNeedThem() {
    List<KubernetesObject> policies =
        policies(
            Chart.render(
                "kafka: {embedded: {enabled: false}, bootstrapServers:"
                    + " 'a.example.com:9094,b.example.com:9095'}"));
    Map<String, Object> elsewhere = Map.of("somewhere", "else");

    for (String sender : List.of("run policy", "trainer", "job")) {
      assertThat(egress(policies, PODS.get(sender), STRANGER, elsewhere, 9094)).isTrue();
      assertThat(egress(policies, PODS.get(sender), STRANGER, elsewhere, 9095)).isTrue();
      assertThat(egress(policies, PODS.get(sender), STRANGER, elsewhere, 9092)).isFalse();
    }
    for (String sender : List.of("policy", "reward", "reference")) {
      assertThat(egress(policies, PODS.get(sender), STRANGER, elsewhere, 9094)).isFalse();
    }
  }

  // ------------------------------------------------------------------ the plugin

  private static Set<String> arrows(List<KubernetesObject> rendered) {
    List<KubernetesObject> policies = policies(rendered);
    Map<String, Object> here = Map.of("kubernetes.io/metadata.name", Chart.RELEASE);
    Set<String> arrows = new TreeSet<>();
    PODS.forEach(
        (from, sender) ->
            PORTS.forEach(
                (to, port) -> {
                  boolean outsider = Set.of("stranger", "another release").contains(from);
                  boolean out = outsider || egress(policies, sender, PODS.get(to), here, port);
                  if (out && ingress(policies, sender, here, PODS.get(to), port)) {
                    arrows.add(from + " → " + to);
                  }
                }));
    return arrows;
  }

  private static List<KubernetesObject> policies(List<KubernetesObject> rendered) {
    return rendered.stream().filter(object -> object.kind().equals("NetworkPolicy")).toList();
  }

  private static boolean ingress(
      List<KubernetesObject> policies,
      Map<String, Object> sender,
      Map<String, Object> sendersNamespace,
      Map<String, Object> receiver,
      int port) {
    return allows(policies, "Ingress", receiver, "from", sender, sendersNamespace, port);
  }

  private static boolean egress(
      List<KubernetesObject> policies,
      Map<String, Object> sender,
      Map<String, Object> receiver,
      Map<String, Object> receiversNamespace,
      int port) {
    return allows(policies, "Egress", sender, "to", receiver, receiversNamespace, port);
  }

  private static boolean allows(
      List<KubernetesObject> policies,
      String direction,
      Map<String, Object> subject,
      String peersKey,
      Map<String, Object> peer,
      Map<String, Object> peersNamespace,
      int port) {
    List<KubernetesObject> concerned = new ArrayList<>();
    for (KubernetesObject policy : policies) {
      if (matches(policy.at("spec", "podSelector"), subject)
          && ((List<?>) policy.at("spec", "policyTypes")).contains(direction)) {
        concerned.add(policy);
      }
    }
    if (concerned.isEmpty()) {
      return true;
    }
    String rules = direction.toLowerCase(Locale.ROOT);
    return concerned.stream()
        .flatMap(policy -> KubernetesObject.maps(policy.at("spec", rules)).stream())
        .anyMatch(
            rule ->
                ports(rule, port)
                    && (rule.get(peersKey) == null
                        || KubernetesObject.maps(rule.get(peersKey)).stream()
                            .anyMatch(selected -> isPeer(selected, peer, peersNamespace))));
  }

  private static boolean ports(Map<String, Object> rule, int port) {
    return rule.get("ports") == null
        || KubernetesObject.maps(rule.get("ports")).stream()
            .anyMatch(allowed -> allowed.get("port").equals(port));
  }

  /** A peer without a namespace selector is one of the policy's own namespace. */
  private static boolean isPeer(
      Map<String, Object> selected, Map<String, Object> pod, Map<String, Object> namespace) {
    boolean there =
        selected.containsKey("namespaceSelector")
            ? matches(selected.get("namespaceSelector"), namespace)
            : Chart.RELEASE.equals(namespace.get("kubernetes.io/metadata.name"));
    return there
        && (!selected.containsKey("podSelector") || matches(selected.get("podSelector"), pod));
  }

  private static boolean matches(Object selector, Map<String, Object> labels) {
    return KubernetesObject.map(KubernetesObject.value(selector, "matchLabels")).entrySet().stream()
            .allMatch(label -> label.getValue().equals(labels.get(label.getKey())))
        && KubernetesObject.maps(KubernetesObject.value(selector, "matchExpressions")).stream()
            .allMatch(
                expression ->
                    expression.get("operator").equals("In")
                        && ((List<?>) expression.get("values"))
                            .contains(labels.get(expression.get("key").toString())));
  }
}
