package dev.parley.cli.runs;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A run as the cluster's objects show it.
 *
 * @param id its name
 * @param recipe how it trains
 * @param state what it does
 * @param detail why, if the state does not say it; empty otherwise
 * @param submittedAt when it was submitted
 * @param replicas how many policies it has while it goes on
 * @param template the run template that it was made from
 * @param settled whether its end was noted and its policies let go
 * @param trainerPod the newest pod of its trainer
 * @param reading whether that pod's files can be read
 * @param lastWords the run events that the trainer left when it ended
 */
record RunStatus(
    String id,
    String recipe,
    RunState state,
    String detail,
    Instant submittedAt,
    int replicas,
    String template,
    boolean settled,
    Optional<String> trainerPod,
    boolean reading,
    String lastWords) {

  /** Annotation: how the run ended, once somebody has seen it. */
  static final String OUTCOME = "parley.dev/outcome";

  /** Annotation: the run events that the trainer left, which outlive its pod. */
  static final String LAST_WORDS = "parley.dev/last-events";

  private static final String TRUE = "True";
  private static final String RUNNING_PHASE = "Running";

  /**
   * Derives the status.
   *
   * @param run the ConfigMap that stands for the run
   * @param job its trainer's Job, if there is one
   * @param pods all pods of its trainer
   */
  static RunStatus of(ConfigMap run, Optional<Job> job, List<Pod> pods) {
    Map<String, String> notes =
        Objects.requireNonNullElse(run.getMetadata().getAnnotations(), Map.of());
    Optional<Pod> newest = newest(pods);
    Optional<String> outcome = Optional.ofNullable(notes.get(OUTCOME));
    RunState state = state(notes, job, newest, outcome);
    return new RunStatus(
        run.getMetadata().getLabels().get(RunObjects.RUN_LABEL),
        run.getData() == null ? "" : run.getData().getOrDefault(RunObjects.RECIPE_KEY, ""),
        state,
        detail(state, job, newest),
        submittedAt(run, notes),
        Integer.parseInt(notes.getOrDefault(RunObjects.REPLICAS, "0")),
        notes.getOrDefault(RunObjects.TEMPLATE, ""),
        outcome.isPresent(),
        newest.map(pod -> pod.getMetadata().getName()),
        newest.map(RunStatus::isReadable).orElse(false),
        newest.flatMap(RunStatus::lastWords).orElse(notes.getOrDefault(LAST_WORDS, "")));
  }

  /** What a trainer's pod left when it ended; empty while it has not. */
  static Optional<String> lastWords(Pod pod) {
    return terminated(pod).map(end -> end.getMessage());
  }

  private static RunState state(
      Map<String, String> notes,
      Optional<Job> job,
      Optional<Pod> newest,
      Optional<String> outcome) {
    if (job.isEmpty()) {
      // A Job may be cleaned up long after its end, which was noted.
      return outcome
          .map(
              noted ->
                  noted.equals(RunState.COMPLETE.toString()) ? RunState.COMPLETE : RunState.FAILED)
          .orElse(RunState.INCOMPLETE);
    }
    if (condition(job.get(), "Complete").isPresent()) {
      return RunState.COMPLETE;
    }
    if (condition(job.get(), "Failed").isPresent()) {
      return RunState.FAILED;
    }
    boolean there = newest.map(pod -> !isEnded(pod)).orElse(false);
    if (Boolean.TRUE.equals(job.get().getSpec().getSuspend())) {
      boolean wanted = RunObjects.RUNNING.equals(notes.get(RunObjects.DESIRED));
      // A queue such as Kueue suspends what it does not let in yet.
      return there ? RunState.STOPPING : wanted ? RunState.PENDING : RunState.STOPPED;
    }
    return newest.map(RunStatus::isRunning).orElse(false) ? RunState.RUNNING : RunState.PENDING;
  }

  private static String detail(RunState state, Optional<Job> job, Optional<Pod> newest) {
    return switch (state) {
      case FAILED ->
          Stream.of(
                  newest
                      .flatMap(RunStatus::terminated)
                      .map(end -> "the trainer ended with exit code " + end.getExitCode()),
                  job.flatMap(made -> condition(made, "Failed")).map(JobCondition::getMessage))
              .flatMap(Optional::stream)
              .reduce((first, second) -> first + "; " + second)
              .orElse("");
      case PENDING -> newest.map(RunStatus::waitsFor).orElse("no pod yet");
      case INCOMPLETE -> "it has no trainer";
      case RUNNING, STOPPING, STOPPED, COMPLETE -> "";
    };
  }

  /** Why a pod does not run. */
  private static String waitsFor(Pod pod) {
    if (isEnded(pod)) {
      return "the trainer starts again";
    }
    Stream<String> unscheduled =
        conditions(pod)
            .filter(condition -> "PodScheduled".equals(condition.getType()))
            .filter(condition -> !TRUE.equals(condition.getStatus()))
            .map(condition -> text(condition.getReason(), condition.getMessage()));
    Stream<String> waiting =
        containers(pod)
            .map(ContainerStatus::getState)
            .filter(Objects::nonNull)
            .map(ContainerState::getWaiting)
            .filter(Objects::nonNull)
            .map(wait -> text(wait.getReason(), wait.getMessage()));
    return Stream.concat(unscheduled, waiting).findFirst().orElse("");
  }

  private static String text(String reason, String message) {
    return Stream.of(reason, message)
        .filter(part -> part != null && !part.isBlank())
        .reduce((first, second) -> first + ": " + second)
        .orElse("");
  }

  private static Stream<PodCondition> conditions(Pod pod) {
    return pod.getStatus() == null ? Stream.of() : pod.getStatus().getConditions().stream();
  }

  private static Stream<ContainerStatus> containers(Pod pod) {
    return pod.getStatus() == null
        ? Stream.of()
        : Stream.concat(
            pod.getStatus().getInitContainerStatuses().stream(),
            pod.getStatus().getContainerStatuses().stream());
  }

  private static Optional<io.fabric8.kubernetes.api.model.ContainerStateTerminated> terminated(
      Pod pod) {
    return containers(pod)
        .filter(container -> RunObjects.TRAINER.equals(container.getName()))
        .map(ContainerStatus::getState)
        .filter(Objects::nonNull)
        .map(ContainerState::getTerminated)
        .filter(Objects::nonNull)
        .findFirst();
  }

  private static boolean isReadable(Pod pod) {
    return containers(pod)
        .filter(container -> RunObjects.TRAINER.equals(container.getName()))
        .anyMatch(
            container -> container.getState() != null && container.getState().getRunning() != null);
  }

  private static boolean isRunning(Pod pod) {
    return pod.getStatus() != null && RUNNING_PHASE.equals(pod.getStatus().getPhase());
  }

  private static boolean isEnded(Pod pod) {
    String phase = pod.getStatus() == null ? "" : String.valueOf(pod.getStatus().getPhase());
    return phase.equals("Succeeded") || phase.equals("Failed");
  }

  static Optional<Pod> newest(List<Pod> pods) {
    return pods.stream()
        .max(
            Comparator.comparing(
                (Pod pod) -> String.valueOf(pod.getMetadata().getCreationTimestamp())));
  }

  private static Optional<JobCondition> condition(Job job, String type) {
    return job.getStatus() == null || job.getStatus().getConditions() == null
        ? Optional.empty()
        : job.getStatus().getConditions().stream()
            .filter(
                condition -> type.equals(condition.getType()) && TRUE.equals(condition.getStatus()))
            .findFirst();
  }

  private static Instant submittedAt(ConfigMap run, Map<String, String> notes) {
    String noted = notes.get(RunObjects.SUBMITTED_AT);
    String made = noted == null ? run.getMetadata().getCreationTimestamp() : noted;
    return made == null ? Instant.EPOCH : Instant.parse(made);
  }
}
