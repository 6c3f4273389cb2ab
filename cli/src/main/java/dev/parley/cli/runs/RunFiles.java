package dev.parley.cli.runs;

import dev.parley.cli.Failure;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.KubernetesClientTimeoutException;
import io.fabric8.kubernetes.client.dsl.ExecWatch;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Reads a run's files in the cluster: from its trainer while that is there, else from a pod that is
 * made like the trainer's, does nothing, and is deleted afterwards.
 */
final class RunFiles {

  private static final String READER = "reader";
  private static final int READER_SECONDS = 600;
  private static final int PATIENCE_SECONDS = 120;
  private static final int ANSWER_SECONDS = 60;

  private final Cluster cluster;
  private final Runs runs;

  RunFiles(Cluster cluster, Runs runs) {
    this.cluster = cluster;
    this.runs = runs;
  }

  /** A pod whose container sees the run's files. */
  record Place(String pod, String container) {}

  /** Reads from a place. */
  @FunctionalInterface
  interface Reading<T> {
    T from(Place place);
  }

  /**
   * Reads files of a run.
   *
   * @param run the run, under way or over
   * @throws Failure if there is nobody to read them and no pod can be started for it
   */
  <T> T read(RunStatus run, Reading<T> reading) {
    if (run.reading()) {
      return reading.from(new Place(run.trainerPod().orElseThrow(), RunObjects.TRAINER));
    }
    Pod reader = start(run);
    String name = reader.getMetadata().getName();
    try {
      awaitReady(run, name);
      return reading.from(new Place(name, READER));
    } finally {
      cluster.tell(
          "delete the pod " + name,
          () ->
              cluster
                  .client()
                  .pods()
                  .inNamespace(cluster.namespace())
                  .withName(name)
                  .withGracePeriod(0)
                  .delete());
    }
  }

  private Pod start(RunStatus run) {
    Job trainer = runs.trainer(run);
    PodSpec like = trainer.getSpec().getTemplate().getSpec();
    Container container =
        like.getContainers().stream()
            .filter(one -> RunObjects.TRAINER.equals(one.getName()))
            .findFirst()
            .orElse(like.getContainers().get(0));
    Container reader =
        new ContainerBuilder()
            .withName(READER)
            .withImage(container.getImage())
            .withImagePullPolicy(container.getImagePullPolicy())
            .withCommand("sleep", Integer.toString(READER_SECONDS))
            .withSecurityContext(container.getSecurityContext())
            .withVolumeMounts(container.getVolumeMounts())
            .withResources(
                new ResourceRequirementsBuilder()
                    .addToRequests("cpu", new Quantity("10m"))
                    .addToRequests("memory", new Quantity("32Mi"))
                    .addToLimits("cpu", new Quantity("500m"))
                    .addToLimits("memory", new Quantity("128Mi"))
                    .build())
            .build();
    PodSpec spec =
        new PodSpecBuilder(like)
            .withContainers(reader)
            .withInitContainers()
            .withRestartPolicy("Never")
            .withTerminationGracePeriodSeconds(1L)
            .withActiveDeadlineSeconds((long) READER_SECONDS)
            .build();
    // The run's labels, but no queue's, which would hold it back.
    Map<String, String> labels = new HashMap<>(trainer.getMetadata().getLabels());
    labels
        .keySet()
        .removeIf(key -> !key.startsWith("app.kubernetes.io/") && !key.startsWith("parley.dev/"));
    labels.put(RunObjects.COMPONENT, READER);
    List<OwnerReference> owners = trainer.getMetadata().getOwnerReferences();
    Pod pod =
        new PodBuilder()
            .withNewMetadata()
            .withGenerateName(RunObjects.name(run.id()) + "-reader-")
            .withLabels(labels)
            .withOwnerReferences(owners)
            .endMetadata()
            .withSpec(spec)
            .build();
    return cluster.ask(
        "start a pod that reads the run's files",
        () -> cluster.client().pods().inNamespace(cluster.namespace()).resource(pod).create());
  }

  private void awaitReady(RunStatus run, String name) {
    try {
      cluster
          .client()
          .pods()
          .inNamespace(cluster.namespace())
          .withName(name)
          .waitUntilReady(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (KubernetesClientTimeoutException e) {
      throw new Failure(
          "the pod %s, which is to read the files of run %s, did not start in %d s"
              .formatted(name, run.id(), PATIENCE_SECONDS),
          "kubectl describe pod says why; the runs volume may be held by another node.",
          e);
    } catch (KubernetesClientException e) {
      throw cluster.failure("start a pod that reads the run's files", e);
    }
  }

  /**
   * A file from a byte on.
   *
   * @param from the first byte, from 0; negative counts from the end
   * @return what is there; empty if there is no such file
   */
  Optional<byte[]> bytes(Place place, String file, long from) {
    String position = from < 0 ? Long.toString(-from) : "+" + (from + 1);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    try (ExecWatch exec =
        cluster
            .client()
            .pods()
            .inNamespace(cluster.namespace())
            .withName(place.pod())
            .inContainer(place.container())
            .writingOutput(out)
            .writingError(err)
            .exec("tail", "-c", position, file)) {
      int code = exec.exitCode().get(ANSWER_SECONDS, TimeUnit.SECONDS);
      if (code == 0) {
        return Optional.of(out.toByteArray());
      }
      String complaint = err.toString(StandardCharsets.UTF_8).strip();
      if (complaint.contains("No such file")) {
        return Optional.empty();
      }
      throw new Failure("%s cannot be read in %s: %s".formatted(file, place.pod(), complaint), "");
    } catch (KubernetesClientException e) {
      throw cluster.failure("read " + file, e);
    } catch (ExecutionException | TimeoutException e) {
      throw new Failure(
          "%s cannot be read in %s: %s".formatted(file, place.pod(), e.getMessage()), "", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure("interrupted while " + file + " was read", "", e);
    }
  }
}
