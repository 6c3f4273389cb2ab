package dev.parley.cli.runs;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.net.HttpURLConnection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What Kueue knows of a trainer. A Job that waits in one of its queues is suspended until Kueue
 * lets it in, so a Job that somebody suspends is let in again; only a Workload that is not active
 * stays out.
 */
final class KueueWorkloads {

  /** The label of a Job by which Kueue takes it. */
  static final String QUEUE = "kueue.x-k8s.io/queue-name";

  /** The label of a Workload with the Job's uid. */
  static final String JOB = "kueue.x-k8s.io/job-uid";

  private static final ResourceDefinitionContext WORKLOADS =
      new ResourceDefinitionContext.Builder()
          .withGroup("kueue.x-k8s.io")
          .withVersion("v1beta1")
          .withKind("Workload")
          .withPlural("workloads")
          .withNamespaced(true)
          .build();

  private final Cluster cluster;

  KueueWorkloads(Cluster cluster) {
    this.cluster = cluster;
  }

  /**
   * Lets a trainer wait in its queue, or takes it out.
   *
   * @param job the trainer
   * @param active whether it may be let in
   * @return whether Kueue decides when the trainer starts
   */
  boolean activate(Job job, boolean active) {
    List<GenericKubernetesResource> workloads = of(job);
    for (GenericKubernetesResource workload : workloads) {
      cluster.tell(
          active ? "queue the trainer" : "take the trainer out of its queue",
          () ->
              cluster
                  .client()
                  .genericKubernetesResources(WORKLOADS)
                  .inNamespace(cluster.namespace())
                  .withName(workload.getMetadata().getName())
                  .edit(
                      current -> {
                        Map<String, Object> spec =
                            new HashMap<>(current.<Map<String, Object>>get("spec"));
                        spec.put("active", active);
                        current.setAdditionalProperty("spec", spec);
                        return current;
                      }));
    }
    return !workloads.isEmpty();
  }

  private List<GenericKubernetesResource> of(Job job) {
    Map<String, String> labels = job.getMetadata().getLabels();
    if (labels == null || !labels.containsKey(QUEUE)) {
      return List.of();
    }
    try {
      return cluster
          .client()
          .genericKubernetesResources(WORKLOADS)
          .inNamespace(cluster.namespace())
          .withLabel(JOB, job.getMetadata().getUid())
          .list()
          .getItems();
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        // Kueue is not installed here: nobody lets the Job in again.
        return List.of();
      }
      throw cluster.failure("list the workloads of Kueue", e);
    }
  }
}
