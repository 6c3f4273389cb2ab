package dev.parley.cli.runs;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.CustomResourceDefinitionContext;
import io.fabric8.kubernetes.client.server.mock.KubernetesMixedDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.ServerRequest;
import io.fabric8.mockwebserver.ServerResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;

/**
 * An API server that stores what it is given and checks nothing; there are no controllers. Runs on
 * a real one are in deploy/run-on-node.sh.
 */
final class FakeCluster implements AutoCloseable {

  static final String NAMESPACE = "rlhf";

  private final KubernetesMockServer server;
  private final KubernetesClient client;
  private final Path kubeconfig;

  FakeCluster(Path directory) throws IOException {
    Map<ServerRequest, Queue<ServerResponse>> expected = new HashMap<>();
    server =
        new KubernetesMockServer(
            new Context(),
            new MockWebServer(),
            expected,
            new KubernetesMixedDispatcher(expected),
            false);
    server.expectCustomResource(
        new CustomResourceDefinitionContext.Builder()
            .withGroup("keda.sh")
            .withVersion("v1alpha1")
            .withKind("ScaledObject")
            .withPlural("scaledobjects")
            .withScope("Namespaced")
            .build());
    server.expectCustomResource(
        new CustomResourceDefinitionContext.Builder()
            .withGroup("kueue.x-k8s.io")
            .withVersion("v1beta1")
            .withKind("Workload")
            .withPlural("workloads")
            .withScope("Namespaced")
            .build());
    server.init();
    client = server.createClient();
    kubeconfig =
        Files.writeString(
            directory.resolve("kubeconfig"),
            """
            apiVersion: v1
            kind: Config
            current-context: test
            contexts: [{name: test, context: {cluster: c, user: u, namespace: rlhf}}]
            clusters: [{name: c, cluster: {server: "http://localhost:%d"}}]
            users: [{name: u, user: {token: t}}]
            """
                .formatted(server.getPort()));
  }

  String kubeconfig() {
    return kubeconfig.toString();
  }

  KubernetesClient client() {
    return client;
  }

  /** Puts a run template into the cluster, as the chart does. */
  void install(String release, String yaml) {
    client
        .resource(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withName(release + "-run-template")
                .addToLabels(RunTemplate.LABEL, "true")
                .addToLabels("app.kubernetes.io/instance", release)
                .endMetadata()
                .addToData(RunTemplate.KEY, yaml)
                .build())
        .inNamespace(NAMESPACE)
        .create();
  }

  /** Refuses a kind of object once. */
  void refuse(String path, String message) {
    server
        .expect()
        .post()
        .withPath(path)
        .andReturn(
            403,
            new StatusBuilder().withCode(403).withMessage(message).withReason("Forbidden").build())
        .once();
  }

  @Override
  public void close() {
    client.close();
    server.destroy();
  }
}
