package dev.parley.cli.runs;

import dev.parley.cli.Failure;
import dev.parley.data.spelling.Spelling;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.FieldValidateable;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The runs of one namespace: makes them, finds them, stops and resumes them, lets them go. */
final class Runs {

  /** KEDA's annotation that holds a Deployment at a number of pods. */
  private static final String PAUSED = "autoscaling.keda.sh/paused-replicas";

  private static final int DELETION_SECONDS = 180;
  private static final long LOOK_MILLIS = 500;

  private static final ResourceDefinitionContext SCALED_OBJECTS =
      new ResourceDefinitionContext.Builder()
          .withGroup("keda.sh")
          .withVersion("v1alpha1")
          .withKind("ScaledObject")
          .withPlural("scaledobjects")
          .withNamespaced(true)
          .build();

  private final Cluster cluster;
  private final KubernetesClient client;
  private final String namespace;
  private final KueueWorkloads workloads;

  Runs(Cluster cluster) {
    this.cluster = cluster;
    this.workloads = new KueueWorkloads(cluster);
    this.client = cluster.client();
    this.namespace = cluster.namespace();
  }

  /**
   * Finds the chart's run template.
   *
   * @param release of the chart, where several are installed
   * @throws Failure if there is none, or it is not clear which
   */
  RunTemplate template(Optional<String> release) {
    List<ConfigMap> found =
        cluster
            .ask(
                "list run templates",
                () ->
                    client
                        .configMaps()
                        .inNamespace(namespace)
                        .withLabel(RunTemplate.LABEL, "true")
                        .list()
                        .getItems())
            .stream()
            .filter(map -> release.isEmpty() || release.get().equals(release(map)))
            .toList();
    if (found.isEmpty()) {
      throw new Failure(
          "there is no run template%s in namespace %s"
              .formatted(
                  release.map(name -> " of a release \"" + name + "\"").orElse(""), namespace),
          "Install the chart first (deploy/chart/parley), or name its namespace with --namespace.");
    }
    if (found.size() > 1) {
      throw new Failure(
          "several releases in namespace %s have run templates: %s"
              .formatted(
                  namespace, found.stream().map(Runs::release).collect(Collectors.joining(", "))),
          "Name one with --release.");
    }
    return template(found.get(0));
  }

  private RunTemplate template(ConfigMap map) {
    return RunTemplate.parse(
        map.getMetadata().getName(),
        map.getMetadata().getUid(),
        namespace,
        release(map),
        map.getData() == null ? "" : map.getData().getOrDefault(RunTemplate.KEY, ""));
  }

  private static String release(ConfigMap map) {
    return map.getMetadata().getLabels().getOrDefault("app.kubernetes.io/instance", "");
  }

  /**
   * Makes a run: all its objects or none.
   *
   * @throws Failure if there is such a run, or the cluster refuses an object
   */
  void create(String id, RunObjects objects) {
    List<HasMetadata> made = new ArrayList<>();
    try {
      HasMetadata run = create(objects.run());
      made.add(run);
      for (Map<String, Object> object : objects.owned(run.getMetadata().getUid())) {
        made.add(create(object));
      }
    } catch (KubernetesClientException e) {
      if (made.isEmpty() && e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
        throw new Failure(
            "there is a run \"%s\" in namespace %s already".formatted(id, namespace),
            "Follow it with parley runs watch %s, choose another name with --run, or parley runs delete %s."
                .formatted(id, id),
            e);
      }
      Failure failure = cluster.failure("make the run", e);
      takeBack(made, failure);
      throw failure;
    }
  }

  private HasMetadata create(Map<String, Object> object) {
    HasMetadata resource =
        client.getKubernetesSerialization().unmarshal(Serialization.asJson(object));
    return client
        .resource(resource)
        .inNamespace(namespace)
        .fieldValidation(FieldValidateable.Validation.STRICT)
        .create();
  }

  /** Deletes what was made, the newest first; what cannot be deleted is said with the failure. */
  private void takeBack(List<HasMetadata> made, Failure failure) {
    Collections.reverse(made);
    for (HasMetadata object : made) {
      try {
        client
            .resource(object)
            .inNamespace(namespace)
            .withPropagationPolicy(DeletionPropagation.BACKGROUND)
            .delete();
      } catch (KubernetesClientException e) {
        failure.addSuppressed(e);
      }
    }
  }

  /** All runs, the newest first. */
  List<RunStatus> all() {
    List<ConfigMap> maps =
        cluster.ask(
            "list the runs",
            () ->
                client
                    .configMaps()
                    .inNamespace(namespace)
                    .withLabel(RunObjects.RUN_LABEL)
                    .withLabel(RunObjects.COMPONENT, RunObjects.RUN)
                    .list()
                    .getItems());
    Map<String, Job> jobs = new HashMap<>();
    cluster
        .ask(
            "list the trainers",
            () ->
                client
                    .batch()
                    .v1()
                    .jobs()
                    .inNamespace(namespace)
                    .withLabel(RunObjects.RUN_LABEL)
                    .list()
                    .getItems())
        .forEach(job -> jobs.put(id(job), job));
    Map<String, List<Pod>> pods =
        cluster
            .ask(
                "list the trainers' pods",
                () ->
                    client
                        .pods()
                        .inNamespace(namespace)
                        .withLabel(RunObjects.RUN_LABEL)
                        .withLabel(RunObjects.COMPONENT, RunObjects.TRAINER)
                        .list()
                        .getItems())
            .stream()
            .collect(Collectors.groupingBy(Runs::id));
    return maps.stream()
        .map(
            map ->
                RunStatus.of(
                    map,
                    Optional.ofNullable(jobs.get(id(map))),
                    pods.getOrDefault(id(map), List.of())))
        .sorted(Comparator.comparing(RunStatus::submittedAt).reversed())
        .toList();
  }

  private static String id(HasMetadata object) {
    return object.getMetadata().getLabels().get(RunObjects.RUN_LABEL);
  }

  /**
   * One run.
   *
   * @throws Failure if there is none of this name
   */
  RunStatus get(String id) {
    ConfigMap map =
        cluster.ask(
            "show the run",
            () -> client.configMaps().inNamespace(namespace).withName(RunObjects.name(id)).get());
    if (map == null) {
      List<String> names = all().stream().map(RunStatus::id).toList();
      throw new Failure(
          "there is no run \"%s\" in namespace %s".formatted(id, namespace),
          names.isEmpty()
              ? "There are no runs; --namespace looks elsewhere."
              : "Did you mean \"%s\"? parley runs list shows all."
                  .formatted(Spelling.nearest(id, names)));
    }
    return RunStatus.of(map, job(id), pods(id, RunObjects.TRAINER));
  }

  private Optional<Job> job(String id) {
    return cluster
        .ask(
            "show the trainer",
            () ->
                client
                    .batch()
                    .v1()
                    .jobs()
                    .inNamespace(namespace)
                    .withLabel(RunObjects.RUN_LABEL, id)
                    .withLabel(RunObjects.COMPONENT, RunObjects.TRAINER)
                    .list()
                    .getItems())
        .stream()
        .findFirst();
  }

  /** The pods of one part of a run. */
  List<Pod> pods(String id, String component) {
    return cluster.ask(
        "list the run's pods",
        () ->
            client
                .pods()
                .inNamespace(namespace)
                .withLabel(RunObjects.RUN_LABEL, id)
                .withLabel(RunObjects.COMPONENT, component)
                .list()
                .getItems());
  }

  /** The pod template of a run's trainer: what a pod must look like that sees the run's files. */
  Job trainer(RunStatus run) {
    return job(run.id()).orElseGet(() -> jobOf(run));
  }

  private Job jobOf(RunStatus run) {
    ConfigMap map =
        cluster.ask(
            "show the run template",
            () -> client.configMaps().inNamespace(namespace).withName(run.template()).get());
    if (map == null) {
      throw new Failure(
          "the run template %s is gone, from which run %s was made"
              .formatted(run.template(), run.id()),
          "Install the chart again under the same release name.");
    }
    return RunObjects.fromTemplate(template(map), run.id(), run.recipe(), false, 0).stream()
        .map(
            object ->
                (HasMetadata)
                    client.getKubernetesSerialization().unmarshal(Serialization.asJson(object)))
        .filter(Job.class::isInstance)
        .map(Job.class::cast)
        .findFirst()
        .orElseThrow(
            () -> new Failure("the run template %s has no Job".formatted(run.template()), ""));
  }

  /** Says that the run is to stop, and has its trainer write a checkpoint and end. */
  void suspend(String id) {
    desire(id, RunObjects.STOPPED);
    // First, or a queue would let in again what it finds suspended.
    job(id).ifPresent(trainer -> workloads.activate(trainer, false));
    editJob(id, true);
  }

  /**
   * Listens to what a trainer leaves when it ends: the cluster forgets that with its pod.
   *
   * @param pod the trainer's
   * @param lastWords takes the run events that it left
   */
  Watch listen(String pod, CompletableFuture<String> lastWords) {
    return cluster.ask(
        "watch the trainer's pod",
        () ->
            client
                .pods()
                .inNamespace(namespace)
                .withName(pod)
                .watch(
                    new Watcher<>() {
                      @Override
                      public void eventReceived(Action action, Pod seen) {
                        RunStatus.lastWords(seen).ifPresent(lastWords::complete);
                      }

                      @Override
                      public void onClose(WatcherException cause) {
                        lastWords.completeExceptionally(cause);
                      }
                    }));
  }

  /** Notes what the trainer of a stopped run left. */
  void remember(String id, String lastWords) {
    annotate(id, Map.of(RunStatus.LAST_WORDS, lastWords));
  }

  /**
   * Says that the run is to go on, and has a trainer go on from the newest checkpoint; where it
   * waits in a queue, once it is let in.
   */
  void resume(RunStatus run) {
    desire(run.id(), RunObjects.RUNNING);
    if (run.state() == RunState.FAILED || run.state() == RunState.INCOMPLETE) {
      renewJob(run);
    } else if (!job(run.id()).map(trainer -> workloads.activate(trainer, true)).orElse(false)) {
      editJob(run.id(), false);
    }
    scale(run.id(), run.replicas());
  }

  private void desire(String id, String state) {
    annotate(id, Map.of(RunObjects.DESIRED, state));
  }

  private void annotate(String id, Map<String, String> notes) {
    cluster.tell(
        "note something at the run",
        () ->
            client
                .configMaps()
                .inNamespace(namespace)
                .withName(RunObjects.name(id))
                .edit(
                    map ->
                        new ConfigMapBuilder(map)
                            .editMetadata()
                            .addToAnnotations(notes)
                            .endMetadata()
                            .build()));
  }

  private void editJob(String id, boolean suspended) {
    job(id)
        .ifPresent(
            job ->
                cluster.tell(
                    suspended ? "stop the trainer" : "start the trainer",
                    () ->
                        client
                            .resource(job)
                            .inNamespace(namespace)
                            .edit(
                                current -> {
                                  current.getSpec().setSuspend(suspended);
                                  return current;
                                })));
  }

  /** A Job that has failed stays failed: a new one takes its place. */
  private void renewJob(RunStatus run) {
    Job renewed = jobOf(run);
    ConfigMap owner =
        cluster.ask(
            "show the run",
            () ->
                client
                    .configMaps()
                    .inNamespace(namespace)
                    .withName(RunObjects.name(run.id()))
                    .require());
    renewed
        .getMetadata()
        .setOwnerReferences(
            List.of(
                new OwnerReferenceBuilder()
                    .withApiVersion("v1")
                    .withKind("ConfigMap")
                    .withName(owner.getMetadata().getName())
                    .withUid(owner.getMetadata().getUid())
                    .build()));
    job(run.id())
        .ifPresent(
            failed ->
                cluster.tell(
                    "delete the failed trainer",
                    () -> {
                      client
                          .resource(failed)
                          .inNamespace(namespace)
                          .withPropagationPolicy(DeletionPropagation.BACKGROUND)
                          .delete();
                      client
                          .resource(failed)
                          .inNamespace(namespace)
                          .waitUntilCondition(gone -> gone == null, 60, TimeUnit.SECONDS);
                    }));
    cluster.tell(
        "start the trainer", () -> client.resource(renewed).inNamespace(namespace).create());
    cluster.tell(
        "note something at the run",
        () ->
            client
                .configMaps()
                .inNamespace(namespace)
                .withName(RunObjects.name(run.id()))
                .edit(
                    map ->
                        new ConfigMapBuilder(map)
                            .editMetadata()
                            .removeFromAnnotations(RunStatus.OUTCOME)
                            .removeFromAnnotations(RunStatus.LAST_WORDS)
                            .endMetadata()
                            .build()));
  }

  /**
   * Sets how many policies a run has. An autoscaler is told, too: at 0 it does not wake them.
   *
   * @param replicas how many; 0 lets go of them
   */
  void scale(String id, int replicas) {
    pause(id, replicas == 0);
    List<Deployment> policies =
        cluster.ask(
            "list the run's policies",
            () ->
                client
                    .apps()
                    .deployments()
                    .inNamespace(namespace)
                    .withLabel(RunObjects.RUN_LABEL, id)
                    .withLabel(RunObjects.COMPONENT, RunObjects.POLICY)
                    .list()
                    .getItems());
    for (Deployment policy : policies) {
      Integer now = policy.getSpec().getReplicas();
      if (now == null || now != replicas) {
        cluster.tell(
            "change the number of policies",
            () ->
                client
                    .apps()
                    .deployments()
                    .inNamespace(namespace)
                    .withName(policy.getMetadata().getName())
                    .scale(replicas));
      }
    }
  }

  private void pause(String id, boolean paused) {
    List<GenericKubernetesResource> scalers;
    try {
      scalers =
          client
              .genericKubernetesResources(SCALED_OBJECTS)
              .inNamespace(namespace)
              .withLabel(RunObjects.RUN_LABEL, id)
              .list()
              .getItems();
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND
          || e.getCode() == HttpURLConnection.HTTP_FORBIDDEN) {
        // KEDA is not installed here, or scaling is not this user's to change.
        return;
      }
      throw cluster.failure("list autoscalers", e);
    }
    for (GenericKubernetesResource scaler : scalers) {
      cluster.tell(
          "pause an autoscaler",
          () ->
              client
                  .genericKubernetesResources(SCALED_OBJECTS)
                  .inNamespace(namespace)
                  .withName(scaler.getMetadata().getName())
                  .edit(
                      current -> {
                        Map<String, String> notes =
                            current.getMetadata().getAnnotations() == null
                                ? new HashMap<>()
                                : new HashMap<>(current.getMetadata().getAnnotations());
                        if (paused) {
                          notes.put(PAUSED, "0");
                        } else {
                          notes.remove(PAUSED);
                        }
                        current.getMetadata().setAnnotations(notes);
                        return current;
                      }));
    }
  }

  /**
   * Notes how a run ended, and lets go of its policies; once.
   *
   * @param run a run that is complete or has failed
   */
  void settle(RunStatus run) {
    if (run.settled()) {
      return;
    }
    scale(run.id(), 0);
    annotate(
        run.id(),
        Map.of(RunStatus.OUTCOME, run.state().toString(), RunStatus.LAST_WORDS, run.lastWords()));
  }

  /**
   * Deletes a run's objects, and waits until its pods are gone. Its files stay.
   *
   * @throws Failure if a pod does not end
   */
  void delete(String id) throws InterruptedException {
    cluster.tell(
        "delete the run",
        () -> {
          var run = client.configMaps().inNamespace(namespace).withName(RunObjects.name(id));
          run.withPropagationPolicy(DeletionPropagation.FOREGROUND).delete();
          run.waitUntilCondition(gone -> gone == null, DELETION_SECONDS, TimeUnit.SECONDS);
        });
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DELETION_SECONDS);
    while (!pods(id, RunObjects.TRAINER).isEmpty() || !pods(id, RunObjects.POLICY).isEmpty()) {
      if (System.nanoTime() > deadline) {
        throw new Failure(
            "run %s is deleted, but after %d s some of its pods have not ended"
                .formatted(id, DELETION_SECONDS),
            "kubectl get pods -l %s=%s shows them.".formatted(RunObjects.RUN_LABEL, id));
      }
      Thread.sleep(LOOK_MILLIS);
    }
  }
}
