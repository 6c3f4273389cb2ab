package dev.parley.trainer.optimization;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import dev.parley.model.decoder.PassOptions;
import dev.parley.model.torchscript.Precision;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.recipe.sft.SftMetrics;
import dev.parley.trainer.recipe.sft.SftWork;
import dev.parley.trainer.toy.ToyLearner;
import dev.parley.trainer.toy.ToyModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Learning in a process whose address space is limited, so that libtorch's allocator refuses. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "sets a limit as Linux numbers it")
class LimitedMemoryTest {

  private static final int WORDS = 8192;
  private static final int LENGTH = 64;
  private static final int ROWS = 64;

  /** Below what a pass over all rows allocates: 32 MB for each 1,024 tokens, several times. */
  private static final long ROOM = 80L << 20;

  private static final int ADDRESS_SPACE = 9;

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aStepThatTheAllocatorRefusesIsSplitAndGivesTheGradientOfTheWholeStep(int workers)
      throws IOException, InterruptedException {
    Path output = directory.resolve("output");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                LimitedMemoryTest.class.getName(),
                Integer.toString(workers))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(Files.readAllLines(output))
        .as("what the limited process said")
        .anyMatch(line -> line.matches("split [1-9][0-9]* times: .*can't allocate memory.*"))
        .contains("same gradient");
  }

  /** The process: takes a step under a limit, then the same step without. */
  public static void main(String... arguments) throws IOException {
    int workers = Integer.parseInt(arguments[0]);
    try (Learner learner = learner(workers);
        Accumulation limited = accumulation(workers);
        Accumulation unlimited = accumulation(workers)) {
      List<LearningSequence> rows = rows();
      add(learner, limited, rows.subList(0, 2 * workers)); // all that is loaded once is loaded
      Memory before = limit();
      setLimit(addressSpace() + ROOM, before.getLong(8));
      float[] split = add(learner, limited, rows);
      setLimit(before.getLong(0), before.getLong(8));
      System.out.printf(
          "split %d times: %s%n", limited.splits(), limited.newSplits().get(0).reason());
      float[] whole = add(learner, unlimited, rows);
      System.out.println(
          unlimited.splits() == 0 && near(split, whole) ? "same gradient" : "another gradient");
    }
  }

  private static Learner learner(int workers) {
    return ToyLearner.of(
        ToyModels.ofVocabulary(WORDS),
        new Learner.Engine(workers, Precision.FLOAT32, PassOptions.PLAIN));
  }

  private static Accumulation accumulation(int workers) {
    return new Accumulation(new Accumulation.Settings(ROWS * LENGTH, workers, workers));
  }

  private static List<LearningSequence> rows() {
    Random random = new Random(1);
    boolean[] learnt = new boolean[LENGTH];
    Arrays.fill(learnt, 1, LENGTH, true);
    return Stream.generate(() -> random.ints(LENGTH, 0, WORDS).toArray())
        .limit(ROWS)
        .map(tokens -> new LearningSequence(tokens, learnt))
        .toList();
  }

  private static float[] add(
      Learner learner, Accumulation accumulation, List<LearningSequence> rows) {
    accumulation.learn(List.of(learner), List.of(SftWork.of(learner, rows, 1, SftMetrics.LOSS)));
    float[] gradients = learner.gradients().flat().toFloatArray();
    learner.gradients().clear();
    return gradients;
  }

  private static boolean near(float[] one, float[] other) {
    float largest = 0;
    float apart = 0;
    for (int i = 0; i < one.length; i++) {
      largest = Math.max(largest, Math.abs(other[i]));
      apart = Math.max(apart, Math.abs(one[i] - other[i]));
    }
    return apart < 1e-5 * largest;
  }

  private static long addressSpace() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmSize"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
        .findFirst()
        .orElseThrow();
  }

  /** Returns the limit in force and the one that it may be raised to, 8 bytes each. */
  private static Memory limit() {
    Memory limit = new Memory(16);
    call("getrlimit", limit);
    return limit;
  }

  private static void setLimit(long inForce, long most) {
    Memory limit = new Memory(16);
    limit.setLong(0, inForce);
    limit.setLong(8, most);
    call("setrlimit", limit);
  }

  private static void call(String function, Memory limit) {
    Object[] arguments = {ADDRESS_SPACE, limit};
    int result = NativeLibrary.getInstance("c").getFunction(function).invokeInt(arguments);
    if (result != 0) {
      throw new IllegalStateException(function + " returned " + result);
    }
  }
}
