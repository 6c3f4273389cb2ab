package dev.parley.policy.serving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.weights.Weights;
import dev.parley.policy.Patience;
import dev.parley.policy.PolicyMetrics;
import dev.parley.policy.SharedBroker;
import dev.parley.policy.generation.EngineLimits;
import dev.parley.policy.generation.GeneratedGroup;
import dev.parley.policy.generation.GenerationJob;
import dev.parley.policy.generation.TinyEngine;
import dev.parley.policy.generation.VersionSpan;
import dev.parley.proto.Topics;
import dev.parley.proto.version.v1.PolicyVersion;
import dev.parley.proto.version.v1.VersionFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jboss.logmanager.formatters.PatternFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(SharedBroker.class)
class VersionFollowerTest {

  @TempDir Path directory;

  private final BlockingQueue<ServedVersion> served = new LinkedBlockingQueue<>();
  private final CountDownLatch swapAsked = new CountDownLatch(1);
  private String runId;
  private Checkpoints checkpoints;
  private TinyEngine tiny;
  private VersionFollower follower;

  @BeforeEach
  void prepare(TestInfo test) {
    runId = test.getTestMethod().orElseThrow().getName();
    checkpoints = new Checkpoints(directory);
    tiny = new TinyEngine(1, EngineLimits.of(4, 4 * 256, 8));
    LanguageModel model = tiny.model();
    follower =
        new VersionFollower(
            runId,
            Map.of("bootstrap.servers", SharedBroker.get().bootstrapServers()),
            new CheckpointLoader(
                ModelDirectory.of(directory), model.shape(), model.weights(), model.options()),
            new WatchedSwap(),
            tiny.metrics(),
            () -> served.add(tiny.engine().served()));
  }

  @AfterEach
  void close() {
    follower.close();
    tiny.close();
  }

  private void announce(PolicyVersion version) {
    SharedBroker.send(Topics.POLICY_VERSIONS, version.getRunId(), version.toByteArray());
  }

  private GeneratedGroup answers() {
    return tiny.run(tiny.job(2, 15, 5, GenerationJob.NO_TOKEN_LISTENER));
  }

  private static GeneratedGroup answersOf(long seed) {
    try (TinyEngine other = new TinyEngine(seed, EngineLimits.of(4, 4 * 256, 8))) {
      return other.run(other.job(2, 15, 5, GenerationJob.NO_TOKEN_LISTENER));
    }
  }

  private double refusals(String reason) {
    return tiny
        .registry()
        .find(PolicyMetrics.SWAP_REFUSALS)
        .tag("reason", reason)
        .counters()
        .stream()
        .mapToDouble(counter -> counter.count())
        .sum();
  }

  private long swaps() {
    return tiny.registry().get(PolicyMetrics.SWAPS).timer().count();
  }

  @Test
  void whatWasAnnouncedLastBeforeTheStartIsServedAndNothingBeforeIt() {
    announce(Checkpoints.announce(runId, 1, checkpoints.write(11)));
    announce(Checkpoints.announce("another-run", 7, checkpoints.write(17)));
    announce(Checkpoints.announce(runId, 2, checkpoints.write(12)));
    follower.start();
    follower.caughtUp().join();
    assertThat(tiny.engine().served().number()).isEqualTo(2);
    assertThat(swaps()).isEqualTo(1);
    assertThat(TinyEngine.tokens(answers())).isEqualTo(TinyEngine.tokens(answersOf(12)));
  }

  @Test
  void withoutAnAnnouncementTheStartIsServed() {
    follower.start();
    follower.caughtUp().join();
    assertThat(tiny.engine().served()).isEqualTo(TinyEngine.START);
    assertThat(swaps()).isZero();
  }

  @Test
  void aNewAnnouncementIsServedWithoutARestart() throws Exception {
    follower.start();
    follower.caughtUp().join();
    PolicyVersion next = Checkpoints.announce(runId, 1, checkpoints.write(2));
    announce(next);
    assertThat(served.take()).isEqualTo(ServedVersion.of(next.getVersion()));
    assertThat(TinyEngine.tokens(answers())).isEqualTo(TinyEngine.tokens(answersOf(2)));
    assertThat(tiny.registry().get(PolicyMetrics.VERSION).gauge().value()).isEqualTo(1);
  }

  @Test
  void aBadCheckpointIsRefusedAndTheOldOneGoesOnBeingServed() throws Exception {
    follower.start();
    announce(Checkpoints.announce(runId, 1, checkpoints.write(2)));
    ServedVersion good = served.take();
    Path corrupt = checkpoints.write(3);
    PolicyVersion bad = Checkpoints.announce(runId, 2, corrupt);
    Checkpoints.corrupt(corrupt);
    LogLines log = new LogLines();
    announce(bad);
    // An announcement that waits is replaced by the next, so each must be refused before that.
    awaitRefusal("checksum");
    assertThat(tiny.engine().served()).isEqualTo(good);
    assertThat(follower.lastRefusal())
        .get()
        .asString()
        .startsWith("version 2 was refused: the weights in " + corrupt);
    assertThat(log.lines)
        .anySatisfy(
            line ->
                assertThat(line)
                    .startsWith("Version 2 is refused, " + good + " goes on: the weights in")
                    .contains(corrupt.toString()));
    log.close();
    announce(Checkpoints.announce(runId, 3, directory.resolve("none"), "0".repeat(64)));
    awaitRefusal("missing");
    announce(Checkpoints.announce(runId, 4, checkpoints.writeWider()));
    awaitRefusal("shape");
    assertThat(tiny.engine().served()).isEqualTo(good);
    assertThat(TinyEngine.tokens(answers())).isEqualTo(TinyEngine.tokens(answersOf(2)));
    announce(Checkpoints.announce(runId, 5, checkpoints.write(5)));
    assertThat(served.take().number()).isEqualTo(5);
    assertThat(follower.lastRefusal()).isEmpty();
    assertThat(swaps()).isEqualTo(2);
  }

  /** What the follower logs. */
  private static final class LogLines extends Handler {

    private final Logger logger = Logger.getLogger(VersionFollower.class.getName());
    private final PatternFormatter message = new PatternFormatter("%s");
    private final List<String> lines = new CopyOnWriteArrayList<>();

    LogLines() {
      logger.addHandler(this);
    }

    @Override
    public void publish(LogRecord entry) {
      lines.add(message.format(entry));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
      logger.removeHandler(this);
    }
  }

  private void awaitRefusal(String reason) {
    Patience.await(() -> refusals(reason) == 1);
  }

  private void tell(VersionFile file) {
    SharedBroker.send(Topics.VERSION_FILES, file.getRunId(), file.toByteArray());
  }

  private void tell(long version, Path checkpoint) {
    List<Path> files = Checkpoints.files(checkpoint);
    files.forEach(file -> tell(Checkpoints.written(runId, version, file, files.size())));
    Patience.await(() -> filesReadAlong() == files.size());
  }

  /** The next version that is served, and the model of a seed, which it is. */
  private void assertServed(long version, long seed) throws Exception {
    assertThat(served.take().number()).isEqualTo(version);
    assertThat(TinyEngine.tokens(answers())).isEqualTo(TinyEngine.tokens(answersOf(seed)));
  }

  private double filesReadAlong() {
    return tiny.registry().get(PolicyMetrics.VERSION_FILES).counter().count();
  }

  @Test
  void aVersionIsReadWhileItIsWrittenAndServedWhenItIsAnnounced() throws Exception {
    follower.start();
    follower.caughtUp().join();
    Path written = checkpoints.writeInFiles("incomplete", 2);
    tell(1, written);
    Path whole = directory.resolve("whole");
    String digest = Checkpoints.digest(written);
    Files.move(written, whole);
    // What is served can only have been read before.
    Checkpoints.files(whole).forEach(Checkpoints::corruptFile);
    assertThat(tiny.engine().served()).isEqualTo(TinyEngine.START);
    announce(Checkpoints.announce(runId, 1, whole, digest));
    assertServed(1, 2);
  }

  @Test
  void whatWasReadOfOtherBytesThanTheAnnouncedIsNotServed() throws Exception {
    follower.start();
    follower.caughtUp().join();
    tell(1, checkpoints.writeInFiles("killed", 3));
    announce(Checkpoints.announce(runId, 1, checkpoints.writeInFiles("whole", 2)));
    assertServed(1, 2);
  }

  @Test
  void filesThatCannotBeReadAlongAreReadWhenTheVersionIsAnnounced() throws Exception {
    follower.start();
    follower.caughtUp().join();
    Path whole = checkpoints.writeInFiles("whole", 2);
    List<Path> files = Checkpoints.files(whole);
    SharedBroker.send(Topics.VERSION_FILES, runId, "noise".getBytes(StandardCharsets.UTF_8));
    VersionFile good = Checkpoints.written(runId, 1, files.get(0), files.size());
    tell(good.toBuilder().setFileUri("no place").build());
    tell(good.toBuilder().setFileUri("s3://bucket/model.safetensors").build());
    tell(good.toBuilder().setFileUri(directory.resolve("none").toUri().toString()).build());
    tell(good);
    announce(Checkpoints.announce(runId, 1, whole));
    assertServed(1, 2);
  }

  @Test
  void theLastRecordIsTheTruthEvenIfItGoesBack() throws Exception {
    follower.start();
    announce(Checkpoints.announce(runId, 9, checkpoints.write(2)));
    assertThat(served.take().number()).isEqualTo(9);
    announce(Checkpoints.announce(runId, 8, checkpoints.write(3)));
    assertServed(8, 3);
  }

  @Test
  void aRecordThatIsNoAnnouncementIsPassedOver() throws Exception {
    follower.start();
    byte[] noise = "no protobuf".getBytes(StandardCharsets.UTF_8);
    SharedBroker.send(Topics.POLICY_VERSIONS, "noise", noise);
    announce(Checkpoints.announce(runId, 1, checkpoints.write(2)));
    assertThat(served.take().number()).isEqualTo(1);
  }

  @Test
  void requestsThatAreRunningGoOnAcrossASwap() throws Exception {
    follower.start();
    follower.caughtUp().join();
    PolicyVersion next = Checkpoints.announce(runId, 1, checkpoints.write(2));
    AtomicInteger tokens = new AtomicInteger();
    GenerationJob running =
        tiny.job(
            1,
            30,
            5,
            token -> {
              if (tokens.incrementAndGet() == 10) {
                announce(next);
                await(swapAsked);
              }
            });
    GeneratedGroup group = tiny.run(running);
    assertThat(group.samples().get(0).tokens()).hasSize(30);
    assertThat(group.samples().get(0).versions())
        .containsExactly(
            new VersionSpan(0, TinyEngine.START),
            new VersionSpan(10, ServedVersion.of(next.getVersion())));
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The engine, with a sign that new weights wait for its next step. */
  private final class WatchedSwap implements WeightSwap {

    @Override
    public ServedVersion served() {
      return tiny.engine().served();
    }

    @Override
    public Weights weights() {
      return tiny.engine().weights();
    }

    @Override
    public CompletableFuture<Void> swap(Weights source, ServedVersion version) {
      CompletableFuture<Void> done = tiny.engine().swap(source, version);
      swapAsked.countDown();
      return done;
    }
  }
}
