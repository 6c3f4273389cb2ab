package dev.parley.cli.runs;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobConditionBuilder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RunStatusTest {

  private static final String FINISHED =
      """
      {"runId":"r1","sequence":"8","metrics":{"update":"10","values":{"objective/scores":0.5}}}
      {"runId":"r1","sequence":"9","finished":{"outcome":"RUN_OUTCOME_COMPLETED","updates":"10"}}
      """;

  @Test
  void aTrainerThatRunsIsARunThatRunsAndItsFilesCanBeRead() {
    RunStatus status = status(Map.of(), job(false), running("a", "2026-01-01T00:00:00Z"));

    assertThat(status.state()).isEqualTo(RunState.RUNNING);
    assertThat(status.reading()).isTrue();
    assertThat(status.trainerPod()).contains("a");
    assertThat(status.id()).isEqualTo("r1");
    assertThat(status.recipe()).isEqualTo("ppo");
    assertThat(status.replicas()).isEqualTo(2);
  }

  @Test
  void aPodWithoutAPlaceOrAnImageIsPendingAndSaysWhy() {
    Pod unscheduled =
        pod("a", "2026-01-01T00:00:00Z", "Pending")
            .editStatus()
            .addToConditions(
                new PodConditionBuilder()
                    .withType("PodScheduled")
                    .withStatus("False")
                    .withReason("Unschedulable")
                    .withMessage("0/1 nodes are available: 1 Insufficient nvidia.com/gpu.")
                    .build())
            .endStatus()
            .build();
    Pod pulling =
        pod("a", "2026-01-01T00:00:00Z", "Pending")
            .editStatus()
            .addToContainerStatuses(
                new ContainerStatusBuilder()
                    .withName("trainer")
                    .withNewState()
                    .withNewWaiting()
                    .withReason("ImagePullBackOff")
                    .endWaiting()
                    .endState()
                    .build())
            .endStatus()
            .build();

    RunStatus one = status(Map.of(), job(false), unscheduled);
    RunStatus other = status(Map.of(), job(false), pulling);

    assertThat(one.state()).isEqualTo(RunState.PENDING);
    assertThat(one.detail())
        .isEqualTo("Unschedulable: 0/1 nodes are available: 1 Insufficient nvidia.com/gpu.");
    assertThat(other.detail()).isEqualTo("ImagePullBackOff");
    assertThat(status(Map.of(), job(false)).state()).isEqualTo(RunState.PENDING);
  }

  @Test
  void theNewestPodCountsAndBetweenTwoTheTrainerStartsAgain() {
    Pod first = ended("a", "2026-01-01T00:00:00Z", 3, "");
    Pod second = running("b", "2026-01-01T00:05:00Z");

    assertThat(status(Map.of(), job(false), second, first).trainerPod()).contains("b");
    RunStatus between = status(Map.of(), job(false), first);
    assertThat(between.state()).isEqualTo(RunState.PENDING);
    assertThat(between.detail()).isEqualTo("the trainer starts again");
  }

  @Test
  void aSuspendedJobStopsWhileItsPodIsThereAndIsStoppedAfterwards() {
    Map<String, String> stopped = Map.of("parley.dev/state", "stopped");

    assertThat(status(stopped, job(true), running("a", "2026-01-01T00:00:00Z")).state())
        .isEqualTo(RunState.STOPPING);
    assertThat(status(stopped, job(true)).state()).isEqualTo(RunState.STOPPED);
    assertThat(status(stopped, job(true), ended("a", "2026-01-01T00:00:00Z", 3, "")).state())
        .isEqualTo(RunState.STOPPED);
  }

  @Test
  void aJobThatAQueueHoldsBackIsPending() {
    assertThat(status(Map.of("parley.dev/state", "running"), job(true)).state())
        .isEqualTo(RunState.PENDING);
  }

  @Test
  void aCompleteJobIsACompleteRunWhoseLastEventsTellHowFarItCame() {
    RunStatus status =
        status(
            Map.of(),
            with(job(false), "Complete", ""),
            ended("a", "2026-01-01T00:00:00Z", 0, FINISHED));

    assertThat(status.state()).isEqualTo(RunState.COMPLETE);
    assertThat(status.reading()).isFalse();
    RunProgress progress = RunProgress.of(status.lastWords());
    assertThat(progress.update()).isEqualTo(10);
    assertThat(progress.reward()).hasValue(0.5);
    assertThat(progress.finished()).isPresent();
  }

  @Test
  void aFailedJobSaysTheExitCodeAndKubernetesReason() {
    RunStatus status =
        status(
            Map.of(),
            with(job(false), "Failed", "Job has reached the specified backoff limit"),
            ended("a", "2026-01-01T00:00:00Z", 1, ""));

    assertThat(status.state()).isEqualTo(RunState.FAILED);
    assertThat(status.detail())
        .isEqualTo(
            "the trainer ended with exit code 1; Job has reached the specified backoff limit");
  }

  @Test
  void aRunWhoseJobIsGoneIsWhatWasNotedOfItsEnd() {
    Map<String, String> complete = new HashMap<>();
    complete.put("parley.dev/outcome", "complete");
    complete.put("parley.dev/last-events", FINISHED);

    RunStatus status = RunStatus.of(run(complete), Optional.empty(), List.of());

    assertThat(status.state()).isEqualTo(RunState.COMPLETE);
    assertThat(status.settled()).isTrue();
    assertThat(RunProgress.of(status.lastWords()).update()).isEqualTo(10);
    assertThat(
            RunStatus.of(run(Map.of("parley.dev/outcome", "failed")), Optional.empty(), List.of())
                .state())
        .isEqualTo(RunState.FAILED);
    assertThat(RunStatus.of(run(Map.of()), Optional.empty(), List.of()).state())
        .isEqualTo(RunState.INCOMPLETE);
  }

  @Test
  void progressComesFromEventsWhoseFirstLineMayBeCut() {
    RunProgress progress =
        RunProgress.of(
            """
            ss/x":1.0}}}
            {"runId":"r1","progress":{"phase":"training","done":"3","total":"10","unit":"updates"}}
            {"runId":"r1","metrics":{"update":"4","values":{"objective/scores":-0.25}}}
            {"runId":"r1","atMs":"1764"}
            {"runId":"r1","metr\
            """);

    assertThat(progress.update()).isEqualTo(4);
    assertThat(progress.total()).isEqualTo(10);
    assertThat(progress.reward()).hasValue(-0.25);
  }

  private static RunStatus status(Map<String, String> notes, Job job, Pod... pods) {
    return RunStatus.of(run(notes), Optional.of(job), List.of(pods));
  }

  private static ConfigMap run(Map<String, String> notes) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withName("parley-run-r1")
        .addToLabels("parley.dev/run", "r1")
        .addToAnnotations("parley.dev/submitted-at", "2026-01-01T00:00:00Z")
        .addToAnnotations("parley.dev/replicas", "2")
        .addToAnnotations(notes)
        .endMetadata()
        .addToData("recipe", "ppo")
        .build();
  }

  private static Job job(boolean suspended) {
    return new JobBuilder()
        .withNewMetadata()
        .withName("parley-run-r1-trainer")
        .endMetadata()
        .withNewSpec()
        .withSuspend(suspended)
        .endSpec()
        .build();
  }

  private static Job with(Job job, String condition, String message) {
    return new JobBuilder(job)
        .withNewStatus()
        .addToConditions(
            new JobConditionBuilder()
                .withType(condition)
                .withStatus("True")
                .withMessage(message)
                .build())
        .endStatus()
        .build();
  }

  private static PodBuilder pod(String name, String created, String phase) {
    return new PodBuilder()
        .withNewMetadata()
        .withName(name)
        .withCreationTimestamp(created)
        .endMetadata()
        .withNewStatus()
        .withPhase(phase)
        .endStatus();
  }

  private static Pod running(String name, String created) {
    return pod(name, created, "Running")
        .editStatus()
        .addToContainerStatuses(
            new ContainerStatusBuilder()
                .withName("trainer")
                .withNewState()
                .withNewRunning()
                .endRunning()
                .endState()
                .build())
        .endStatus()
        .build();
  }

  private static Pod ended(String name, String created, int code, String message) {
    return pod(name, created, code == 0 ? "Succeeded" : "Failed")
        .editStatus()
        .addToContainerStatuses(
            new ContainerStatusBuilder()
                .withName("trainer")
                .withNewState()
                .withNewTerminated()
                .withExitCode(code)
                .withMessage(message)
                .endTerminated()
                .endState()
                .build())
        .endStatus()
        .build();
  }
}
