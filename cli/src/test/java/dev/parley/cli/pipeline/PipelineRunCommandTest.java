package dev.parley.cli.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.cli.ExitCode;
import dev.parley.cli.ParleyProcess;
import dev.parley.cli.process.ProgramJar;
import dev.parley.cli.train.FakeTrainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pipelines as processes, with a trainer that only repeats what it was told. */
class PipelineRunCommandTest {

  private static final String PIPELINE =
      """
      name: p
      inputs: {base: base, demos: demos.jsonl, pairs: pairs.jsonl}
      stages:
        - name: clean
          run: data dedup ${demos} --exact --output ${output}
          output: clean.jsonl
        - name: sft
          train: sft
          model: ${base}
          data: ${clean}
        - name: reward
          train: reward-model
          model: ${sft}
          data: ${pairs}
          settings: {optimizer.learning-rate: 3e-4}
      """;

  @TempDir Path root;

  @BeforeEach
  void build() throws IOException {
    root = root.toRealPath();
    ProgramJar.write(
        root.resolve("trainer-service/target/quarkus-app/quarkus-run.jar"), FakeTrainer.class);
    Path base = Files.createDirectories(root.resolve("base"));
    Files.writeString(base.resolve("config.json"), "{}");
    Files.writeString(base.resolve("model.safetensors"), "weights");
    Files.writeString(
        root.resolve("demos.jsonl"),
        "{\"prompt\":\"q\",\"completion\":\"a\"}\n{\"prompt\":\"q\",\"completion\":\"a\"}\n");
    Files.writeString(
        root.resolve("pairs.jsonl"), "{\"prompt\":\"q\",\"chosen\":\"a\",\"rejected\":\"b\"}\n");
    Files.writeString(root.resolve("pipeline.yaml"), PIPELINE);
  }

  @Test
  void stagesRunOnceAndAgainOnlyWhereSomethingChanged() throws Exception {
    ParleyProcess plan = run("--dry-run");
    assertThat(plan.code()).as(plan.err()).isZero();
    assertThat(plan.out())
        .contains("1/3  clean", ": not run yet", "2/3  sft  (train sft): after clean");
    assertThat(root.resolve("runs")).doesNotExist();

    ParleyProcess first = run();
    assertThat(first.code()).as(first.err()).isZero();
    assertThat(root.resolve("runs/p/clean/clean.jsonl")).isNotEmptyFile();
    assertThat(told("reward"))
        .contains("model.path=" + root.resolve("runs/p/sft/model"))
        .contains("data.files=pairs.jsonl", "optimizer.learning-rate=3.0E-4", "run.id=p-reward");

    Files.writeString(
        root.resolve("pairs.jsonl"), "{\"prompt\":\"q\",\"chosen\":\"a\",\"rejected\":\"c\"}\n");
    ParleyProcess second = run();
    assertThat(second.code()).as(second.err()).isZero();
    assertThat(second.out())
        .contains("--output ${output}): done, nothing has changed")
        .contains("2/3  sft  (train sft): done, nothing has changed")
        .contains("3/3  reward  (train reward-model): ${pairs} has changed");
    assertThat(root.resolve("runs/p/earlier/reward-1/model")).isDirectory();

    ParleyProcess lineage = ParleyProcess.run(root, "models", "lineage", "runs/p/reward/model");
    assertThat(lineage.out().replaceAll(" +sha256 [0-9a-f]{12}", "").replaceAll(" on 20.*Z", ""))
        .isEqualTo(
            """
            runs/p/reward/model
            by train reward-model
               --set run.directory=runs/p/reward --set optimizer.learning-rate=3.0E-4
            ├─ model: %s
            │  by train sft
            │     --set run.directory=runs/p/sft
            │  ├─ model: %s
            │  └─ data: runs/p/clean/clean.jsonl
            │     by data dedup
            │        data dedup ${demos} --exact --output ${output}
            │     └─ demos: demos.jsonl
            └─ data: pairs.jsonl
            """
                .formatted(root.resolve("runs/p/sft/model"), root.resolve("base")));
  }

  @Test
  void anInterruptedTrainingGoesOnFromItsCheckpointOrBeginsAgain() throws Exception {
    Files.writeString(root.resolve("fail"), "");
    ParleyProcess failed = run();
    assertThat(failed.code()).isEqualTo(ExitCode.FAILED);
    assertThat(failed.err()).contains("stage sft failed (exit code 1); what was done before it");

    Files.createDirectories(root.resolve("runs/p/sft/checkpoints/update-000001"));
    ParleyProcess lineage =
        ParleyProcess.run(root, "models", "lineage", "runs/p/sft/checkpoints/update-000001");
    assertThat(lineage.out()).contains("update-000001  on the way to model", "by train sft");

    ParleyProcess again = run();
    assertThat(again.out())
        .contains("(train sft): interrupted; goes on from its newest checkpoint");
    assertThat(told("sft")).contains("run.resume=true");

    Files.delete(root.resolve("fail"));
    Files.delete(root.resolve("runs/p/sft/checkpoints/update-000001"));
    ParleyProcess whole = run();
    assertThat(whole.code()).as(whole.err()).isZero();
    assertThat(whole.out()).contains("(train sft): interrupted without a checkpoint; begins again");
    assertThat(told("sft")).doesNotContain("run.resume=true");
  }

  @Test
  void aMisspeltOptionOfTheLastStageShowsBeforeTheFirstOneRuns() throws Exception {
    Files.writeString(
        root.resolve("pipeline.yaml"),
        PIPELINE + "  - name: scores\n    run: score ${reward} --inptu ${pairs}\n");

    ParleyProcess refused = run();

    assertThat(refused.code()).isEqualTo(ExitCode.FAILED);
    assertThat(refused.err())
        .contains("stage scores, \"parley score reward --inptu pairs.jsonl\"", "--input");
    assertThat(root.resolve("runs")).doesNotExist();
  }

  private ParleyProcess run(String... options) throws IOException, InterruptedException {
    String[] all = new String[options.length + 3];
    all[0] = "pipeline";
    all[1] = "run";
    all[2] = "pipeline.yaml";
    System.arraycopy(options, 0, all, 3, options.length);
    return ParleyProcess.run(root, all);
  }

  private String told(String stage) throws IOException {
    return Files.readString(root.resolve("runs/p").resolve(stage).resolve("told.txt"));
  }
}
