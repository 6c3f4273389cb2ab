package dev.parley.policy.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.generation.FinishReason;
import dev.parley.policy.PolicyMetrics;
import dev.parley.policy.generation.GeneratedSample;
import dev.parley.policy.generation.TinyEngine;
import dev.parley.policy.generation.VersionSpan;
import dev.parley.policy.prompt.EncodedPrompt;
import dev.parley.proto.policy.v1.GenerateRequest;
import dev.parley.proto.rollout.v1.Score;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A reward service behind a name that comes back at other addresses, as a pod does. The JVM's
 * caches of addresses are part of it, so that who asks is a process with the options that the image
 * gives a policy.
 */
class ReplacedRewardTest {

  private static final String NAME = "reward.example";
  private static final Path IMAGE_OPTIONS = Path.of("../deploy/images/policy-service/java.options");

  @TempDir Path directory;

  @Test
  void aServiceThatIsReplacedTwiceIsFoundAtItsNewestAddress() throws Exception {
    FakeReward reward = new FakeReward(new InetSocketAddress("127.0.0.2", 0));
    int port = reward.port();
    nameIsAt("127.0.0.2");
    try (Asker asker = new Asker(port)) {
      assertThat(asker.ask()).isEqualTo("STATUS_OK");
      reward.close();
      nameIsAt("127.0.0.3");
      reward = new FakeReward(new InetSocketAddress("127.0.0.3", port));
      assertThat(asker.ask()).isEqualTo("STATUS_OK");
      reward.close();
      nameIsAt("127.0.0.4");
      reward = new FakeReward(new InetSocketAddress("127.0.0.4", port));
      assertThat(asker.ask()).isEqualTo("STATUS_OK");
    } finally {
      reward.close();
    }
  }

  private void nameIsAt(String address) throws IOException {
    Path next = directory.resolve("next");
    Files.writeString(next, address + " " + NAME + "\n");
    Files.move(next, hosts(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private Path hosts() {
    return directory.resolve("hosts");
  }

  /** The image's options that bound how long an address is kept, with a second each. */
  private static List<String> soonForgotten() throws IOException {
    List<String> options =
        Files.readAllLines(IMAGE_OPTIONS).stream()
            .filter(option -> option.matches("-D[a-z.]+\\.ttl=[0-9]+"))
            .map(option -> option.replaceFirst("[0-9]+$", "1"))
            .toList();
    assertThat(options).hasSize(2);
    return options;
  }

  /** A process that asks for a score whenever it is told to, and says what became of it. */
  private final class Asker implements AutoCloseable {

    private final Process process;
    private final BufferedReader output;
    private final OutputStream input;

    Asker(int port) throws IOException {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("-XX:TieredStopAtLevel=1");
      command.addAll(soonForgotten());
      command.add("-Djdk.net.hosts.file=" + hosts());
      command.addAll(List.of("-cp", System.getProperty("java.class.path")));
      command.add(ReplacedRewardTest.class.getName());
      command.add("dns:///" + NAME + ":" + port);
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      output =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      input = process.getOutputStream();
    }

    String ask() throws IOException {
      input.write('\n');
      input.flush();
      String said = output.readLine();
      while (said != null && !said.startsWith("STATUS_")) {
        said = output.readLine();
      }
      return said;
    }

    @Override
    public void close() {
      process.destroyForcibly().onExit().join();
    }
  }

  /**
   * Asks for the score of an answer for each line that it reads.
   *
   * @param arguments the reward service
   */
  public static void main(String[] arguments) throws Exception {
    CallSettings asByDefault =
        new CallSettings(
            Duration.ofSeconds(30),
            Duration.ofSeconds(120),
            10,
            Duration.ofMillis(200),
            Duration.ofSeconds(5));
    GeneratedSample answer =
        new GeneratedSample(
            0,
            new int[] {1},
            new float[] {0},
            new float[] {0},
            "an answer",
            FinishReason.LENGTH,
            1,
            List.of(new VersionSpan(0, TinyEngine.START)));
    EncodedPrompt prompt = new EncodedPrompt(new int[] {1}, "", Optional.of("a question"));
    try (AnswerScores scores =
            new AnswerScores(
                new RemoteService(arguments[0], asByDefault),
                new PolicyMetrics(new SimpleMeterRegistry()));
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      while (lines.readLine() != null) {
        Score score =
            scores.score(GenerateRequest.getDefaultInstance(), prompt, List.of(answer)).get(0);
        System.out.println(score.getStatus() + score.getError());
      }
    }
  }
}
