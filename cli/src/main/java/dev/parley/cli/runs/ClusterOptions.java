package dev.parley.cli.runs;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options that say which cluster, as a picocli mixin. */
final class ClusterOptions {

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "Where Parley is installed. Default: the context's namespace.")
  private Optional<String> namespace = Optional.empty();

  @Option(
      names = "--context",
      paramLabel = "NAME",
      description = "A context of the kubeconfig. Default: its current one.")
  private Optional<String> context = Optional.empty();

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description =
          "How to reach the cluster. Default: KUBECONFIG, then ~/.kube/config; in a pod, its"
              + " service account.")
  private Optional<Path> kubeconfig = Optional.empty();

  /**
   * Connects; nothing is sent yet.
   *
   * @throws dev.parley.cli.Failure if there is no such file or context
   */
  Cluster connect() {
    return Cluster.connect(namespace, context, kubeconfig);
  }

  /** The options as a user would repeat them, a space before each. */
  String repeated() {
    return namespace.map(name -> " --namespace " + name).orElse("")
        + context.map(name -> " --context " + name).orElse("")
        + kubeconfig.map(file -> " --kubeconfig " + file).orElse("");
  }
}
