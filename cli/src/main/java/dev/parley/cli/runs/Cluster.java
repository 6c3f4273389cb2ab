package dev.parley.cli.runs;

import dev.parley.cli.Failure;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/** A connection to one namespace of a Kubernetes cluster, whose refusals are in plain words. */
final class Cluster implements AutoCloseable {

  private static final int CONNECT_MILLIS = 10_000;
  private static final int ANSWER_MILLIS = 30_000;

  /** With pauses that double, some seconds: an API server may be restarting. */
  private static final int RETRIES = 4;

  private final KubernetesClient client;
  private final String namespace;

  private Cluster(KubernetesClient client, String namespace) {
    this.client = client;
    this.namespace = namespace;
  }

  /**
   * Connects; nothing is sent yet.
   *
   * @param namespace in place of the context's
   * @param context of the kubeconfig, in place of its current one
   * @param kubeconfig a file in place of the usual ones
   * @throws Failure if there is no such file or context
   */
  static Cluster connect(
      Optional<String> namespace, Optional<String> context, Optional<Path> kubeconfig) {
    Config config = config(context, kubeconfig);
    ClientKey.algorithm(config).ifPresent(config::setClientKeyAlgo);
    config.setConnectionTimeout(CONNECT_MILLIS);
    config.setRequestTimeout(ANSWER_MILLIS);
    config.setRequestRetryBackoffLimit(RETRIES);
    String chosen =
        namespace.orElse(config.getNamespace() == null ? "default" : config.getNamespace());
    config.setNamespace(chosen);
    try {
      return new Cluster(new KubernetesClientBuilder().withConfig(config).build(), chosen);
    } catch (KubernetesClientException e) {
      throw new Failure(
          "the cluster at %s cannot be called: %s".formatted(config.getMasterUrl(), rootCause(e)),
          "Certificates and keys of the kubeconfig are read first; kubectl may show more.",
          e);
    }
  }

  private static Config config(Optional<String> context, Optional<Path> kubeconfig) {
    Config config;
    if (kubeconfig.isPresent()) {
      Path file = kubeconfig.get();
      if (!Files.isReadable(file)) {
        throw new Failure("--kubeconfig: there is no readable file " + file, "");
      }
      config = Config.fromKubeconfig(context.orElse(null), file.toFile());
    } else {
      config = Config.autoConfigure(context.orElse(null));
    }
    boolean found =
        context.isEmpty()
            || config.getContexts().stream().anyMatch(one -> context.get().equals(one.getName()));
    if (!found) {
      throw new Failure(
          "the kubeconfig has no context \"%s\"".formatted(context.get()),
          "Contexts: "
              + String.join(
                  ", ", config.getContexts().stream().map(one -> one.getName()).toList()));
    }
    return config;
  }

  /** The namespace. */
  String namespace() {
    return namespace;
  }

  /** The client. What it throws, {@link #ask} says in plain words. */
  KubernetesClient client() {
    return client;
  }

  /**
   * Asks the cluster.
   *
   * @param doing what it is asked to do, for the message: "list the runs"
   * @throws Failure if it refuses or cannot be reached
   */
  <T> T ask(String doing, Supplier<T> call) {
    try {
      return call.get();
    } catch (KubernetesClientException e) {
      throw failure(doing, e);
    }
  }

  /** As {@link #ask}, for what gives no answer. */
  void tell(String doing, Runnable call) {
    ask(
        doing,
        () -> {
          call.run();
          return null;
        });
  }

  /** Says why the cluster did not do it. */
  Failure failure(String doing, KubernetesClientException e) {
    String reason =
        e.getStatus() == null || e.getStatus().getMessage() == null
            ? rootCause(e)
            : e.getStatus().getMessage();
    if (e.getCode() <= 0) {
      return new Failure(
          "the cluster at %s cannot be reached: %s".formatted(client.getMasterUrl(), reason),
          "Is this the right one? --context and --kubeconfig choose it.",
          e);
    }
    String remedy =
        switch (e.getCode()) {
          case HttpURLConnection.HTTP_UNAUTHORIZED -> "Log in to the cluster again.";
          case HttpURLConnection.HTTP_FORBIDDEN ->
              "Your account lacks this right in namespace " + namespace + ".";
          default -> "";
        };
    return new Failure("the cluster does not %s: %s".formatted(doing, reason), remedy, e);
  }

  private static String rootCause(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.toString() : root.getMessage();
  }

  @Override
  public void close() {
    client.close();
  }
}
