package dev.parley.cli.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Parley;
import dev.parley.cli.process.Ports;
import dev.parley.cli.terminal.CapturedTerminal;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

class SubmitCommandTest {

  /** As the API server's path of this version and this mock's fieldValidation. */
  private static final String DEPLOYMENTS =
      "/apis/apps/v1/namespaces/rlhf/deployments?fieldValidation=Strict";

  private final CapturedTerminal terminal = CapturedTerminal.piped();

  @TempDir Path directory;
  private FakeCluster cluster;

  @BeforeEach
  void start() throws IOException {
    cluster = new FakeCluster(directory);
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  @Test
  void aRunBecomesObjectsThatBelongTogether() throws IOException {
    cluster.install("parley", RunTemplates.YAML);

    assertThat(submit("--detach")).as(terminal.err()).isEqualTo(ExitCode.OK);

    ConfigMap run = configMap("parley-run-r1");
    Job trainer =
        cluster
            .client()
            .batch()
            .v1()
            .jobs()
            .inNamespace("rlhf")
            .withName("parley-run-r1-trainer")
            .get();
    Deployment policy =
        cluster
            .client()
            .apps()
            .deployments()
            .inNamespace("rlhf")
            .withName("parley-run-r1-policy")
            .get();
    assertThat(run.getMetadata().getOwnerReferences())
        .singleElement()
        .satisfies(
            owner -> {
              assertThat(owner.getName()).isEqualTo("parley-run-template");
              assertThat(owner.getUid())
                  .isEqualTo(configMap("parley-run-template").getMetadata().getUid());
            });
    assertThat(List.of(trainer, policy, configMap("parley-run-r1-data")))
        .allSatisfy(
            (HasMetadata object) ->
                assertThat(object.getMetadata().getOwnerReferences())
                    .singleElement()
                    .satisfies(
                        owner -> assertThat(owner.getUid()).isEqualTo(run.getMetadata().getUid())));
    assertThat(trainer.getSpec().getTemplate().getSpec().getContainers().get(0).getArgs())
        .startsWith("train", "ppo");
    assertThat(policy.getSpec().getReplicas()).isEqualTo(2);
    assertThat(run.getMetadata().getAnnotations()).containsEntry("parley.dev/state", "running");
    assertThat(run.getData().get("settings.yaml")).contains("updates: '4'");
    assertThat(terminal.err())
        .contains(
            "run r1 is submitted to namespace rlhf",
            "parley runs watch r1 --kubeconfig " + cluster.kubeconfig());
  }

  @Test
  void whatWasMadeIsTakenBackIfTheClusterRefusesTheRest() throws IOException {
    cluster.install("parley", RunTemplates.YAML);
    cluster.refuse(DEPLOYMENTS, "deployments is forbidden: exceeded quota");

    assertThat(submit("--detach")).isEqualTo(ExitCode.FAILED);

    assertThat(terminal.err())
        .contains("the cluster does not make the run: deployments is forbidden: exceeded quota");
    assertThat(configMap("parley-run-r1")).isNull();
    assertThat(configMap("parley-run-r1-data")).isNull();
    assertThat(cluster.client().batch().v1().jobs().inNamespace("rlhf").list().getItems())
        .isEmpty();
    assertThat(cluster.client().services().inNamespace("rlhf").list().getItems()).isEmpty();
    assertThat(configMap("parley-run-template")).isNotNull();

    assertThat(submit("--detach")).as("once there is room").isEqualTo(ExitCode.OK);
  }

  @Test
  void aRunThatIsThereIsLeftAlone() throws IOException {
    cluster.install("parley", RunTemplates.YAML);
    submit("--detach");
    String uid = configMap("parley-run-r1").getMetadata().getUid();

    assertThat(submit("--detach")).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("there is a run \"r1\" in namespace rlhf already", "--run");
    assertThat(configMap("parley-run-r1").getMetadata().getUid()).isEqualTo(uid);

    assertThat(submit("--detach", "--run", "r2")).isEqualTo(ExitCode.OK);
    assertThat(configMap("parley-run-r2")).isNotNull();
  }

  @Test
  void withoutAChartThereIsNothingToMakeARunOf() throws IOException {
    assertThat(submit("--detach")).isEqualTo(ExitCode.FAILED);

    assertThat(terminal.err())
        .contains("there is no run template in namespace rlhf", "Install the chart first");
  }

  @Test
  void ofSeveralChartsOneMustBeNamed() throws IOException {
    cluster.install("blue", RunTemplates.YAML);
    cluster.install("green", RunTemplates.YAML);

    assertThat(submit("--detach")).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("blue", "green", "Name one with --release.");

    assertThat(submit("--detach", "--release", "green")).isEqualTo(ExitCode.OK);
    assertThat(configMap("parley-run-r1").getMetadata().getLabels())
        .containsEntry("app.kubernetes.io/instance", "green");
    assertThat(submit("--detach", "--run", "r2", "--release", "grey")).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("no run template of a release \"grey\"");
  }

  @Test
  void aDryRunPrintsTheObjectsAndMakesNone() throws IOException {
    cluster.install("parley", RunTemplates.YAML);

    assertThat(submit("--dry-run")).isEqualTo(ExitCode.OK);

    List<Object> objects = new ArrayList<>();
    new Yaml().loadAll(terminal.out()).forEach(objects::add);
    assertThat(objects).hasSize(5);
    assertThat(configMap("parley-run-r1")).isNull();
  }

  @Test
  void aBadRunFileIsRefusedBeforeTheClusterIsAsked() throws IOException {
    Path file = Files.writeString(directory.resolve("bad.yaml"), "run: r1\nrecipe: poo\n");

    int code =
        Parley.run(
            terminal.terminal(),
            "submit",
            file.toString(),
            "--kubeconfig",
            directory.resolve("none").toString());

    assertThat(code).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("there is no recipe \"poo\"; did you mean \"ppo\"?");
  }

  @Test
  void aClusterThatIsNotThereAndAnUnknownContextAreNamed() throws IOException {
    int nobody = Ports.free();
    Path config =
        Files.writeString(
            directory.resolve("nobody"),
            Files.readString(Path.of(cluster.kubeconfig()))
                .replaceFirst("localhost:[0-9]+", "localhost:" + nobody));

    assertThat(Parley.run(terminal.terminal(), "runs", "list", "--kubeconfig", config.toString()))
        .isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err())
        .contains("the cluster at http://localhost:" + nobody, "cannot be reached");
    assertThat(
            Parley.run(
                terminal.terminal(),
                "runs",
                "list",
                "--kubeconfig",
                config.toString(),
                "--context",
                "prod"))
        .isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("no context \"prod\"", "Contexts: test");
  }

  private ConfigMap configMap(String name) {
    return cluster.client().configMaps().inNamespace("rlhf").withName(name).get();
  }

  private int submit(String... arguments) throws IOException {
    Files.writeString(directory.resolve("prompts.jsonl"), "{\"prompt\":\"A?\"}\n");
    Path file =
        Files.writeString(
            directory.resolve("run.yaml"),
            """
            run: r1
            recipe: ppo
            model: /models/sft
            data: prompts.jsonl
            settings: {ppo.updates: 4}
            policy: {replicas: 2}
            """);
    List<String> all =
        new ArrayList<>(List.of("submit", file.toString(), "--kubeconfig", cluster.kubeconfig()));
    all.addAll(List.of(arguments));
    return Parley.run(terminal.terminal(), all.toArray(String[]::new));
  }
}
