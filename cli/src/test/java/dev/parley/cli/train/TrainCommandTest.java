package dev.parley.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Parley;
import dev.parley.cli.ParleyProcess;
import dev.parley.cli.lineage.Ancestor;
import dev.parley.cli.lineage.ContentDigest;
import dev.parley.cli.lineage.Lineage;
import dev.parley.cli.process.ProgramJar;
import dev.parley.cli.terminal.CapturedTerminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What reaches the trainer, and what comes back. The trainer's own tests check its settings. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class TrainCommandTest {

  private final CapturedTerminal terminal = CapturedTerminal.piped();

  @TempDir Path root;
  private Path model;

  @BeforeEach
  void build() throws IOException {
    root = root.toRealPath();
    ProgramJar.write(
        root.resolve("trainer-service/target/quarkus-app/quarkus-run.jar"), FakeTrainer.class);
    model = Files.createDirectories(root.resolve("model"));
    Files.writeString(model.resolve("config.json"), "{}");
    Files.writeString(model.resolve("model.safetensors"), "");
  }

  @Test
  void settingsAreTheTrainersOwnDescription() throws Exception {
    ParleyProcess settings = ParleyProcess.run(root, "train", "ppo", "--settings");

    assertThat(settings.code()).isZero();
    assertThat(settings.out()).startsWith("describe\nppo\n");
  }

  @Test
  void aDryRunHandsOverFileOptionsAndSettingsAndStartsNothing() throws Exception {
    Path config = Files.writeString(root.resolve("run.yaml"), "optimizer:\n  warm-up-steps: 3\n");

    ParleyProcess dry =
        ParleyProcess.run(
            root,
            "train",
            "sft",
            "--config",
            config.toString(),
            "--model",
            model.toString(),
            "--data",
            "a.jsonl",
            "--data",
            "b.jsonl",
            "--run",
            "sft-1",
            "--set",
            "optimizer.learning-rate=2e-5",
            "--threads",
            "1",
            "--resume",
            "--dry-run");

    assertThat(dry.err()).isEmpty();
    assertThat(dry.out().lines())
        .containsExactly(
            "train",
            "sft",
            "--config",
            config.toString(),
            "--set",
            "run.id=sft-1",
            "--set",
            "model.path=" + model,
            "--set",
            "data.files=a.jsonl,b.jsonl",
            "--set",
            "run.resume=true",
            "--set",
            "optimizer.learning-rate=2e-5",
            "--dry-run",
            "OMP_NUM_THREADS=1");
    assertThat(root.resolve("runs")).doesNotExist();
  }

  @Test
  void ppoReadsPromptsAndADryRunOfItNeedsNoServices() throws Exception {
    ParleyProcess dry =
        ParleyProcess.run(
            root,
            "train",
            "ppo",
            "--model",
            model.toString(),
            "--reward",
            model.toString(),
            "--data",
            "p.jsonl",
            "--run",
            "ppo-1",
            "--from-scratch",
            "--dry-run");

    assertThat(dry.code()).isZero();
    assertThat(dry.out().lines())
        .contains("prompts.files=p.jsonl", "model.start=random", "run.kafka=localhost:9092");
  }

  @Test
  void theReferenceOfDpoIsASettingOfTheTrainer() throws Exception {
    ParleyProcess dry =
        ParleyProcess.run(
            root,
            "train",
            "dpo",
            "--model",
            model.toString(),
            "--reference",
            model.toString(),
            "--data",
            "p.jsonl",
            "--dry-run");

    assertThat(dry.code()).isZero();
    assertThat(dry.out().lines())
        .contains("dpo", "data.files=p.jsonl", "reference.path=" + model)
        .noneMatch(line -> line.startsWith("run.kafka"));
  }

  @Test
  void aSettingThatTheTrainerDoesNotKnowIsItsErrorAndItsExitCode() throws Exception {
    ParleyProcess refused = ParleyProcess.run(root, "train", "sft", "--set", "nope=1", "--dry-run");

    assertThat(refused.code()).isEqualTo(ExitCode.USAGE);
    assertThat(refused.err()).contains("there is no setting \"nope\"; did you mean \"note\"?");
  }

  @Test
  void aRunEndsWithItsReportAndItsModel() throws Exception {
    ParleyProcess run =
        ParleyProcess.run(root, "train", "sft", "--model", model.toString(), "--run", "sft-1");

    Path directory = root.resolve("runs/sft-1");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("report: " + directory.resolve("report.html"))
        .contains("model:  " + directory.resolve("model"));
    assertThat(Files.readString(directory.resolve("told.txt"))).contains("run.id=sft-1");
    assertThat(directory.resolve("report.html")).isNotEmptyFile();
  }

  @Test
  void theRunWhoseRolloutsAreLearntFromIsAParentIfItLiesBesideTheRun() throws Exception {
    Path logged = root.resolve("runs/logged");
    Path rollouts = Files.createDirectories(root.resolve("runs/awr-1")).resolve("rollouts.bin");
    Files.writeString(rollouts, "what the trainer has read");
    assertThat(trained("grpo", "logged").code()).isZero();

    assertThat(trained("awr", "awr-1", "--set", "rollouts.run=logged").code()).isZero();
    assertThat(trained("awr", "awr-2", "--set", "rollouts.run=elsewhere").code()).isZero();

    assertThat(Lineage.find(root.resolve("runs/awr-1/model")).orElseThrow().ancestors())
        .contains(
            new Ancestor(
                "rollouts", logged.toString(), ContentDigest.of(rollouts), Lineage.find(logged)));
    assertThat(Lineage.find(root.resolve("runs/awr-2/model")).orElseThrow().ancestors())
        .extracting(Ancestor::role)
        .containsExactly("model");
  }

  private ParleyProcess trained(String recipe, String run, String... more) throws Exception {
    List<String> command = new ArrayList<>(List.of("train", recipe));
    command.addAll(List.of("--model", model.toString(), "--run", run));
    command.addAll(List.of(more));
    return ParleyProcess.run(root, command.toArray(String[]::new));
  }

  @Test
  void aRunThatMadeAnAdapterAloneSaysWhereItIs() throws Exception {
    ParleyProcess run =
        ParleyProcess.run(
            root,
            "train",
            "sft",
            "--model",
            model.toString(),
            "--run",
            "sft-3",
            "--set",
            "lora.merge=false");

    assertThat(run.out())
        .contains("adapter: " + root.resolve("runs/sft-3/adapter"))
        .doesNotContain("model: ");
  }

  @Test
  void anAdapterToStartFromComesWithItsBase() throws Exception {
    Path adapter = Files.createDirectories(root.resolve("adapter"));
    Files.writeString(
        adapter.resolve("adapter_config.json"),
        "{\"peft_type\": \"LORA\", \"r\": 1, \"lora_alpha\": 1, \"base_model_name_or_path\":"
            + " \"../model\"}");
    Files.writeString(adapter.resolve("adapter_model.safetensors"), "");

    ParleyProcess dry =
        ParleyProcess.run(
            root, "train", "sft", "--model", adapter.toString(), "--run", "a", "--dry-run");

    assertThat(dry.out().lines()).contains("model.path=" + adapter, "model.base=" + model);
  }

  @Test
  void settingsOfTheFileThatTheCommandNeedsAreReadThere() throws Exception {
    Path config =
        Files.writeString(
            root.resolve("run.yaml"), "run:\n  id: named\nkl.reference: adapter-off\n");

    ParleyProcess dry =
        ParleyProcess.run(root, "train", "ppo", "--config", config.toString(), "--dry-run");

    assertThat(dry.out().lines()).contains("run.id=named");
    assertThat(
            train(
                "ppo", "--config", config.toString(), "--reference", model.toString(), "--dry-run"))
        .isEqualTo(ExitCode.USAGE);
    assertThat(terminal.err()).contains("with kl.reference=adapter-off the reference is the model");
  }

  @Test
  void aRunThatIsRefusedIsNotTakenForTheOneThatWasThere() throws Exception {
    String[] command = {"train", "sft", "--model", model.toString(), "--data", "a.jsonl"};
    List<String> first = new ArrayList<>(List.of(command));
    first.addAll(List.of("--run", "sft-9"));
    assertThat(ParleyProcess.run(root, first.toArray(String[]::new)).code()).isZero();

    List<String> second = new ArrayList<>(first);
    second.addAll(List.of("--set", "nope=1"));
    ParleyProcess refused = ParleyProcess.run(root, second.toArray(String[]::new));

    assertThat(refused.code()).isNotZero();
    assertThat(refused.out()).doesNotContain("report:", "model:");
    assertThat(refused.err()).contains("there is no setting \"nope\"; did you mean \"note\"?");
  }

  @Test
  void aRunThatFailsIsSaidWithTheReasonAndTheLog() throws Exception {
    ParleyProcess run =
        ParleyProcess.run(root, "train", "sft", "--run", "sft-2", "--set", "fail=yes");

    assertThat(run.code()).isEqualTo(ExitCode.FAILED);
    assertThat(run.err())
        .contains("the sft run failed: the loss is NaN")
        .contains("Its log is " + root.resolve("runs/sft-2/logs/trainer.log"));
  }

  @Test
  void optionsThatContradictEachOtherAreWrongUsage() {
    assertThat(train("sft", "--reward", model.toString())).isEqualTo(ExitCode.USAGE);
    assertThat(train("ppo", "--reward", model.toString())).isEqualTo(ExitCode.USAGE);
    assertThat(train("sft", "--run", "a", "--set", "run.id=b")).isEqualTo(ExitCode.USAGE);
    assertThat(train("sft", "--config", root + "/none.yaml")).isEqualTo(ExitCode.USAGE);
    assertThat(train("sft", "--reference", model.toString())).isEqualTo(ExitCode.USAGE);
    assertThat(train("dpoo")).isEqualTo(ExitCode.USAGE);

    assertThat(terminal.err())
        .contains(
            "--reward is for ppo",
            "--reference is for dpo, kto and recipes that learn from answers to prompts; sft",
            "--reward starts services, which need --model",
            "--run is a, --set run.id=b",
            "there is no readable file " + root + "/none.yaml",
            "there is no recipe \"dpoo\"; did you mean \"dpo\"?");
  }

  @Test
  void aTrainerThatIsNotBuiltIsNamedWithTheCommandThatBuildsIt() throws Exception {
    Files.delete(root.resolve("trainer-service/target/quarkus-app/quarkus-run.jar"));

    ParleyProcess run = ParleyProcess.run(root, "train", "sft", "--settings");

    assertThat(run.code()).isEqualTo(ExitCode.FAILED);
    assertThat(run.err()).contains("the trainer is not built", "mvn -q -DskipTests package");
  }

  private int train(String... arguments) {
    List<String> all = new ArrayList<>(List.of("train"));
    all.addAll(List.of(arguments));
    return Parley.run(terminal.terminal(), all.toArray(String[]::new));
  }
}
