package dev.parley.bench.own;

import dev.parley.model.LanguageModel;
import dev.parley.model.decoder.ForwardPass;
import dev.parley.model.decoder.Heads;
import dev.parley.model.decoder.PassOptions;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.torchscript.NativeThreads;
import dev.parley.model.torchscript.Precision;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.experience.PackedBatch;
import dev.parley.trainer.memory.MachineMemory;
import dev.parley.trainer.memory.MemoryPrediction;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.AdamW;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.LearningRateSchedule;
import dev.parley.trainer.optimization.Work;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Optimizer steps of a policy and its value function, as PPO takes them, for the memory that they
 * need.
 *
 * @param model the policy's directory
 * @param sharedTrunk whether policy and values share a trunk; else the value model has the same
 *     shape
 * @param precision in which passes compute, "float32" or "bfloat16"
 * @param recompute whether layers are computed again on the way back
 * @param tokens most tokens of a micro-batch
 * @param rows of a minibatch
 * @param prompt tokens of a prompt
 * @param answer tokens of an answer
 */
public record LearningMemory(
    Path model,
    boolean sharedTrunk,
    String precision,
    boolean recompute,
    int tokens,
    int rows,
    int prompt,
    int answer)
    implements dev.parley.bench.own.Work<LearningMemory.Figures> {

  private static final int STEPS = 4;

  private static final AdamW.Settings OPTIMIZER = new AdamW.Settings(0.9, 0.95, 1e-8, 0, 1);

  private static final LearningRateSchedule RATE =
      new LearningRateSchedule(LearningRateSchedule.Decay.CONSTANT, 1e-5, 0, STEPS, 0);

  /**
   * What it took.
   *
   * @param predicted bytes, before there was a model
   * @param measured bytes: the most memory that the process had (VmHWM in /proc/self/status)
   * @param workers passes side by side
   */
  public record Figures(long predicted, long measured, int workers) {}

  @Override
  public Figures run() {
    PassOptions pass = new PassOptions(0, recompute);
    Heads policyHeads = sharedTrunk ? Heads.LANGUAGE_AND_VALUE : Heads.LANGUAGE;
    List<MemoryPrediction.Model> models = new ArrayList<>();
    models.add(MemoryPrediction.Model.read(model, policyHeads));
    if (!sharedTrunk) {
      models.add(MemoryPrediction.Model.read(model, Heads.SCORE));
    }
    int threads = NativeThreads.get();
    long gradients = Float.BYTES * models.stream().mapToLong(one -> one.learning(0)).sum();
    int workers = Accumulation.workers(threads, tokens, gradients, MachineMemory.bytes());
    int length = prompt + answer;
    MemoryPrediction prediction =
        new MemoryPrediction(
            models,
            new MemoryPrediction.Engine(workers, tokens, pass, Precision.parse(precision)),
            List.of(
                new MemoryPrediction.Step(
                    (long) rows * length, (long) rows * answer, length, length, false)),
            MemoryPrediction.Device.CPU);
    prediction.parts().forEach(System.err::println);
    learn(new Learner.Engine(workers, Precision.parse(precision), pass), threads);
    return new Figures(prediction.bytes(), peak(), workers);
  }

  private void learn(Learner.Engine engine, int threads) {
    List<Learner> learners = new ArrayList<>();
    LanguageModel policy = LanguageModel.open(model, EngineOptions.CPU);
    if (sharedTrunk) {
      try (policy) {
        learners.add(learner(policy.withHeads(Heads.LANGUAGE_AND_VALUE, 1), engine));
      }
    } else {
      learners.add(learner(policy.withHeads(Heads.SCORE, 1), engine));
      learners.add(learner(policy, engine));
    }
    List<LearningSequence> batch = batch(policy.shape().vocabulary());
    try (Accumulation accumulation =
        new Accumulation(new Accumulation.Settings(tokens, engine.workers(), threads))) {
      for (int step = 0; step < STEPS; step++) {
        accumulation.learn(learners, List.of(new Minibatch(learners, batch)));
        learners.forEach(Learner::step);
      }
    }
    learners.forEach(Learner::close);
  }

  private static Learner learner(LanguageModel model, Learner.Engine engine) {
    return new Learner(model, OPTIMIZER, RATE, engine);
  }

  /** Random tokens; those of the answers are learnt. */
  private List<LearningSequence> batch(int vocabulary) {
    Random random = new Random(1);
    boolean[] learnt = new boolean[prompt + answer];
    Arrays.fill(learnt, prompt, learnt.length, true);
    return Stream.generate(() -> random.ints(learnt.length, 0, vocabulary).toArray())
        .limit(rows)
        .map(sequence -> new LearningSequence(sequence, learnt))
        .toList();
  }

  /** One model's pass after the other, each with a loss over all that it says. */
  private record Minibatch(List<Learner> learners, List<LearningSequence> rows)
      implements Work<Void> {

    @Override
    public int[] lengths() {
      return PackedBatch.lengths(rows);
    }

    @Override
    public Void run(List<Integer> chosen, int worker) {
      PackedBatch packed = PackedBatch.of(chosen.stream().map(rows::get).toList());
      for (Learner learner : learners) {
        try (ForwardPass pass = learner.forward(packed, new float[0])) {
          Heads heads = learner.model().heads();
          learner.backward(
              worker,
              pass,
              !heads.language()
                  ? pass.scalars().square().sum()
                  : heads.scalar().isEmpty()
                      ? pass.logProbs().neg().sum()
                      : pass.scalars().square().sub(pass.logProbs()).sum());
        }
      }
      return null;
    }
  }

  private static long peak() {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException("the process's memory cannot be read", e);
    }
  }
}
