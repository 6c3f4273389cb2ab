package dev.parley.cli.runs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.cli.ExitCode;
import dev.parley.cli.Parley;
import dev.parley.cli.terminal.CapturedTerminal;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobConditionBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatusBuilder;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunsCommandTest {

  private static final String LAST_EVENTS =
      """
      {"runId":"r1","started":{"recipe":"ppo","totalUpdates":"4"}}
      {"runId":"r1","metrics":{"update":"4","values":{"objective/scores":1.5}}}
      {"runId":"r1","finished":{"outcome":"RUN_OUTCOME_COMPLETED","updates":"4"}}
      """;

  private static final String SCALER =
      """
      - apiVersion: keda.sh/v1alpha1
        kind: ScaledObject
        metadata:
          name: parley-run-__RUN__-policy
          namespace: __NAMESPACE__
          labels:
            app.kubernetes.io/component: policy
            parley.dev/run: __RUN__
        spec: {scaleTargetRef: {name: parley-run-__RUN__-policy}}
      """;

  private static final ContainerState TRAINS =
      new ContainerStateBuilder().withNewRunning().endRunning().build();

  private static final ContainerState ENDED =
      new ContainerStateBuilder()
          .withNewTerminated()
          .withExitCode(0)
          .withMessage(LAST_EVENTS)
          .endTerminated()
          .build();

  private CapturedTerminal terminal = CapturedTerminal.piped();

  @TempDir Path directory;
  private FakeCluster cluster;

  @BeforeEach
  void start() throws IOException {
    cluster = new FakeCluster(directory);
    cluster.install("parley", RunTemplates.YAML + SCALER);
    submit("r1");
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  @Test
  void runsAreListedTheNewestFirstWithWhatTheyDo() throws IOException {
    submit("r2");
    complete("r1");

    assertThat(runs("list")).isEqualTo(ExitCode.OK);

    assertThat(terminal.out().lines().map(line -> line.replaceAll(" +", " ")).toList())
        .hasSize(3)
        .anySatisfy(line -> assertThat(line).startsWith("RUN RECIPE STATE UPDATE REWARD AGE"))
        .anySatisfy(line -> assertThat(line).startsWith("r1 ppo complete 4/4 1.50 "))
        .anySatisfy(line -> assertThat(line).startsWith("r2 ppo pending – – "));
    assertThat(terminal.err()).contains("r2 is pending: no pod yet");
  }

  @Test
  void aScriptGetsTheListAsJson() throws IOException {
    complete("r1");

    assertThat(runs("list", "--output", "json")).isZero();

    JsonNode run = new ObjectMapper().readTree(terminal.out()).get(0);
    assertThat(run.get("run").asText()).isEqualTo("r1");
    assertThat(run.get("state").asText()).isEqualTo("complete");
    assertThat(run.get("update").asInt()).isEqualTo(4);
    assertThat(run.get("updates").asInt()).isEqualTo(4);
    assertThat(run.get("reward").asDouble()).isEqualTo(1.5);
  }

  @Test
  void whoeverSeesARunCompleteLetsItsPoliciesGoAndNotesItsEnd() {
    complete("r1");

    assertThat(runs("watch", "r1")).isEqualTo(ExitCode.OK);

    assertThat(terminal.out()).contains("run r1 is complete");
    assertThat(replicas()).isZero();
    assertThat(scalerNotes()).containsEntry("autoscaling.keda.sh/paused-replicas", "0");
    job().delete();
    cluster.client().pods().inNamespace("rlhf").delete();
    terminal = CapturedTerminal.piped();
    assertThat(runs("list")).isZero();
    assertThat(terminal.out().replaceAll(" +", " ")).contains("r1 ppo complete 4/4 1.50");
  }

  @Test
  void aFailedRunIsAFailureWithItsReason() {
    Job failed = job().get();
    failed.setStatus(
        new JobStatusBuilder()
            .addToConditions(
                new JobConditionBuilder()
                    .withType("Failed")
                    .withStatus("True")
                    .withMessage("too many pods failed")
                    .build())
            .build());
    cluster.client().resource(failed).inNamespace("rlhf").updateStatus();

    assertThat(runs("watch", "r1")).isEqualTo(ExitCode.FAILED);

    assertThat(terminal.out()).contains("run r1 is failed: too many pods failed");
    assertThat(replicas()).isZero();
  }

  @Test
  void aStoppedRunHasNoPodsAndGoesOnWithAsManyPoliciesAsItHad() {
    assertThat(runs("stop", "r1")).isZero();

    assertThat(terminal.out()).contains("run r1 is stopped");
    assertThat(job().get().getSpec().getSuspend()).isTrue();
    assertThat(replicas()).isZero();
    assertThat(scalerNotes()).containsEntry("autoscaling.keda.sh/paused-replicas", "0");

    assertThat(runs("resume", "r1")).isZero();

    assertThat(job().get().getSpec().getSuspend()).isFalse();
    assertThat(replicas()).isEqualTo(2);
    assertThat(scalerNotes()).doesNotContainKey("autoscaling.keda.sh/paused-replicas");
  }

  /** Kueue lets a suspended Job in again, unless its Workload is inactive. */
  @Test
  void aStoppedRunThatCameFromAQueueIsLetInAgainOnlyOnceItIsResumed() {
    Job queued = job().get();
    queued.getMetadata().getLabels().put("kueue.x-k8s.io/queue-name", "research");
    cluster.client().resource(queued).inNamespace("rlhf").update();
    workload(queued.getMetadata().getUid());

    assertThat(runs("stop", "r1")).as(terminal.err()).isZero();

    assertThat(active()).isFalse();
    assertThat(job().get().getSpec().getSuspend()).isTrue();
    assertThat(terminal.out()).contains("run r1 is stopped");

    assertThat(runs("resume", "r1")).as(terminal.err()).isZero();

    assertThat(active()).isTrue();
    assertThat(job().get().getSpec().getSuspend()).as("until Kueue lets it in").isTrue();
    assertThat(replicas()).isEqualTo(2);
    terminal = CapturedTerminal.piped();
    assertThat(runs("list")).isZero();
    assertThat(terminal.out().replaceAll(" +", " ")).contains("r1 ppo pending");
  }

  private void workload(String job) {
    GenericKubernetesResource workload = new GenericKubernetesResource();
    workload.setApiVersion("kueue.x-k8s.io/v1beta1");
    workload.setKind("Workload");
    workload.setMetadata(
        new ObjectMetaBuilder()
            .withName("job-r1")
            .addToLabels("kueue.x-k8s.io/job-uid", job)
            .build());
    workload.setAdditionalProperty("spec", Map.of("queueName", "research", "active", true));
    cluster.client().resource(workload).inNamespace("rlhf").create();
  }

  private boolean active() {
    GenericKubernetesResource workload =
        cluster
            .client()
            .genericKubernetesResources("kueue.x-k8s.io/v1beta1", "Workload")
            .inNamespace("rlhf")
            .withName("job-r1")
            .get();
    assertThat(workload.<String>get("spec", "queueName")).isEqualTo("research");
    return workload.get("spec", "active");
  }

  /** The cluster deletes a trainer's pod as soon as it has written its checkpoint. */
  @Test
  void aStoppedRunIsListedWithTheUpdateThatItStoppedAt() {
    Pod trainer = trainer("r1", "Running", TRAINS);
    Watch kubelet = endWhenSuspended(trainer);
    try {
      assertThat(runs("stop", "r1")).as(terminal.err()).isZero();
    } finally {
      kubelet.close();
    }
    terminal = CapturedTerminal.piped();

    assertThat(runs("list")).isZero();

    assertThat(terminal.out().replaceAll(" +", " ")).contains("r1 ppo stopped 4/4 1.50");
  }

  /** What the Job's controller and the kubelet do. */
  private Watch endWhenSuspended(Pod trainer) {
    return job()
        .watch(
            new Watcher<>() {
              @Override
              public void eventReceived(Action action, Job seen) {
                if (Boolean.TRUE.equals(seen.getSpec().getSuspend())) {
                  trainer.setStatus(status("Succeeded", ENDED));
                  cluster.client().resource(trainer).inNamespace("rlhf").updateStatus();
                  cluster.client().resource(trainer).inNamespace("rlhf").delete();
                }
              }

              @Override
              public void onClose(WatcherException cause) {
                throw new IllegalStateException(cause);
              }
            });
  }

  @Test
  void aFailedRunIsResumedByANewTrainer() {
    aFailedRunIsAFailureWithItsReason();
    String before = job().get().getMetadata().getUid();

    assertThat(runs("resume", "r1")).isZero();

    Job renewed = job().get();
    assertThat(renewed.getMetadata().getUid()).isNotEqualTo(before);
    assertThat(renewed.getStatus()).isNull();
    assertThat(renewed.getMetadata().getOwnerReferences().get(0).getName())
        .isEqualTo("parley-run-r1");
    assertThat(replicas()).isEqualTo(2);
    terminal = CapturedTerminal.piped();
    runs("list");
    assertThat(terminal.out().replaceAll(" +", " ")).contains("r1 ppo pending");
  }

  @Test
  void whatMakesNoSenseIsRefusedWithTheState() {
    assertThat(runs("resume", "r1")).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("run r1 is pending already");
    assertThat(runs("delete", "r1")).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("run r1 is pending", "--force");
    complete("r1");
    assertThat(runs("stop", "r1")).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("run r1 is complete already");
    assertThat(runs("resume", "r1")).isEqualTo(ExitCode.FAILED);
  }

  @Test
  void aMisspeltRunIsNamedWithTheNearest() {
    for (String command : List.of("watch", "stop", "resume", "delete", "logs")) {
      assertThat(runs(command, "r11")).as(command).isEqualTo(ExitCode.FAILED);
    }
    assertThat(terminal.err())
        .contains("there is no run \"r11\" in namespace rlhf", "Did you mean \"r1\"?");
  }

  @Test
  void aDeletedRunIsGoneAndItsFilesAreSaidToStay() {
    assertThat(runs("delete", "r1", "--force")).as(terminal.err()).isZero();

    assertThat(terminal.err()).contains("Its files stay in /runs/r1.");
    assertThat(cluster.client().configMaps().inNamespace("rlhf").withName("parley-run-r1").get())
        .isNull();
  }

  private void complete(String run) {
    Job job =
        cluster
            .client()
            .batch()
            .v1()
            .jobs()
            .inNamespace("rlhf")
            .withName("parley-run-" + run + "-trainer")
            .get();
    job.setStatus(
        new JobStatusBuilder()
            .addToConditions(
                new JobConditionBuilder().withType("Complete").withStatus("True").build())
            .build());
    cluster.client().resource(job).inNamespace("rlhf").updateStatus();
    trainer(run, "Succeeded", ENDED);
  }

  private Pod trainer(String run, String phase, ContainerState state) {
    Pod pod =
        new PodBuilder()
            .withNewMetadata()
            .withName("trainer-of-" + run)
            .addToLabels("parley.dev/run", run)
            .addToLabels("app.kubernetes.io/component", "trainer")
            .endMetadata()
            .withStatus(status(phase, state))
            .build();
    return cluster.client().resource(pod).inNamespace("rlhf").create();
  }

  private static PodStatus status(String phase, ContainerState state) {
    return new PodStatusBuilder()
        .withPhase(phase)
        .addToContainerStatuses(
            new ContainerStatusBuilder().withName("trainer").withState(state).build())
        .build();
  }

  private io.fabric8.kubernetes.client.dsl.ScalableResource<Job> job() {
    return cluster
        .client()
        .batch()
        .v1()
        .jobs()
        .inNamespace("rlhf")
        .withName("parley-run-r1-trainer");
  }

  private int replicas() {
    return cluster
        .client()
        .apps()
        .deployments()
        .inNamespace("rlhf")
        .withName("parley-run-r1-policy")
        .get()
        .getSpec()
        .getReplicas();
  }

  private Map<String, String> scalerNotes() {
    GenericKubernetesResource scaler =
        cluster
            .client()
            .genericKubernetesResources("keda.sh/v1alpha1", "ScaledObject")
            .inNamespace("rlhf")
            .withName("parley-run-r1-policy")
            .get();
    Map<String, String> notes = scaler.getMetadata().getAnnotations();
    return notes == null ? Map.of() : notes;
  }

  private void submit(String run) throws IOException {
    Files.writeString(directory.resolve("prompts.jsonl"), "{\"prompt\":\"A?\"}\n");
    Path file =
        Files.writeString(
            directory.resolve("run.yaml"),
            """
            recipe: ppo
            model: /models/sft
            data: prompts.jsonl
            policy: {replicas: 2}
            """);
    assertThat(
            Parley.run(
                terminal.terminal(),
                "submit",
                file.toString(),
                "--run",
                run,
                "--detach",
                "--kubeconfig",
                cluster.kubeconfig()))
        .as(terminal.err())
        .isZero();
  }

  private int runs(String... arguments) {
    List<String> all = new ArrayList<>(List.of("runs"));
    all.addAll(List.of(arguments));
    all.addAll(List.of("--kubeconfig", cluster.kubeconfig()));
    return Parley.run(terminal.terminal(), all.toArray(String[]::new));
  }
}
