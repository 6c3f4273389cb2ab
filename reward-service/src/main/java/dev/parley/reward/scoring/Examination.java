package dev.parley.reward.scoring;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Puts one program to its tests. The two run in a sandbox each, and this hands lines from one to
 * the other: calls one way, results the other. The program never sees what its results are compared
 * with, and cannot reach the process that compares: it can neither end it, nor change what {@code
 * ==} or {@code abs} mean there, nor say in its name that the tests have passed.
 */
final class Examination {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String WIRE = Sandbox.resource("wire.py");
  private static final String CANDIDATE = WIRE + Sandbox.resource("candidate.py");
  private static final String EXAMINER = WIRE + Sandbox.resource("examiner.py");

  /** A line that is longer than this, or so many bytes in all, end the program. */
  private static final int LONGEST_LINE = 4 << 20;

  private static final long MOST_BYTES = 64L << 20;

  private final Sandbox sandbox;
  private final ScheduledExecutorService clock;

  /** Why a program was ended before it had an answer. */
  private enum Cut {
    TIME,
    OUTPUT
  }

  /**
   * What came of it.
   *
   * @param passed tests that passed
   * @param tests how many there are
   * @param timedOut whether time ran out
   * @param message what went wrong with the first that did not pass; empty if all did
   */
  record Outcome(int passed, int tests, boolean timedOut, String message) {}

  /** Neither passed nor failed: there is nothing to say about the program. */
  static final class ImpossibleException extends Exception {
    private static final long serialVersionUID = 1L;

    ImpossibleException(String message) {
      super(message);
    }
  }

  /**
   * Takes where programs run.
   *
   * @param clock ends those that take too long
   */
  Examination(Sandbox sandbox, ScheduledExecutorService clock) {
    this.sandbox = sandbox;
    this.clock = clock;
  }

  /**
   * Tests a program.
   *
   * @param prompt what it may be the continuation of
   * @param code the program
   * @param tests asserts, or a function {@code check(candidate)}
   * @param entryPoint the function that is tested; may be empty if the asserts name it
   * @throws ImpossibleException if the sandbox or the tests themselves are at fault
   */
  Outcome run(String prompt, String code, String tests, String entryPoint)
      throws ImpossibleException {
    Process candidate = start(CANDIDATE);
    Process examiner;
    try {
      examiner = start(EXAMINER);
    } catch (ImpossibleException e) {
      Sandbox.end(candidate);
      throw e;
    }
    AtomicReference<Cut> cut = new AtomicReference<>();
    ScheduledFuture<?> bell =
        clock.schedule(
            () -> {
              cut.compareAndSet(null, Cut.TIME);
              Sandbox.end(candidate);
              Sandbox.end(examiner);
            },
            sandbox.limits().seconds(),
            TimeUnit.SECONDS);
    Answers answers = new Answers(candidate, examiner.getOutputStream(), cut);
    Thread answering = new Thread(answers, "answers of a program");
    answering.setDaemon(true);
    answering.start();
    Optional<JsonNode> verdict = Optional.empty();
    boolean ready = false;
    try (InputStream questions = new BufferedInputStream(examiner.getInputStream())) {
      Optional<byte[]> first = line(questions);
      ready = first.isPresent();
      if (ready) {
        write(examiner.getOutputStream(), task(prompt, code, tests, entryPoint));
        verdict = hand(questions, candidate.getOutputStream());
      }
    } catch (IOException e) {
      // One of the two was ended; there is no verdict, and what follows says why.
      verdict = Optional.empty();
    } finally {
      bell.cancel(false);
      Sandbox.end(candidate);
      Sandbox.end(examiner);
    }
    join(answering);
    if (verdict.isEmpty() && cut.get() == null && !(ready && answers.ready)) {
      throw new ImpossibleException("the sandbox did not start: " + complaint(candidate, examiner));
    }
    return outcome(verdict, cut.get());
  }

  private Process start(String program) throws ImpossibleException {
    try {
      return sandbox.start(program);
    } catch (IOException e) {
      throw new ImpossibleException("the sandbox did not start: " + e.getMessage());
    }
  }

  private static byte[] task(String prompt, String code, String tests, String entryPoint) {
    Map<String, String> task =
        Map.of("prompt", prompt, "code", code, "tests", tests, "entry_point", entryPoint);
    try {
      return JSON.writeValueAsBytes(task);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("texts are always JSON", e);
    }
  }

  /** Hands on what the tests ask, until they come to a verdict. */
  private static Optional<JsonNode> hand(InputStream questions, OutputStream to)
      throws IOException {
    for (Optional<byte[]> line = line(questions); line.isPresent(); line = line(questions)) {
      byte[] bytes = line.get();
      if (startsWithVerdict(bytes)) {
        return Optional.of(JSON.readTree(bytes));
      }
      try {
        write(to, bytes);
      } catch (IOException e) {
        // The program has ended; the tests learn of it from its answers, which end too.
        continue;
      }
    }
    return Optional.empty();
  }

  private static boolean startsWithVerdict(byte[] line) {
    byte[] start = "{\"verdict\":".getBytes(StandardCharsets.US_ASCII);
    return line.length > start.length
        && java.util.Arrays.equals(line, 0, start.length, start, 0, start.length);
  }

  private static Outcome outcome(Optional<JsonNode> verdict, Cut cut) throws ImpossibleException {
    if (cut == Cut.TIME) {
      return new Outcome(0, 1, true, "time ran out");
    }
    if (cut == Cut.OUTPUT) {
      return new Outcome(0, 1, false, "the program answered with more than may be handed on");
    }
    if (verdict.isEmpty()) {
      return new Outcome(0, 1, false, "the tests ended without a verdict, by a limit perhaps");
    }
    JsonNode said = verdict.get();
    if (said.path("verdict").asText().equals("unusable")) {
      throw new ImpossibleException(said.path("message").asText());
    }
    return new Outcome(
        said.path("passed").asInt(),
        said.path("tests").asInt(),
        false,
        said.path("message").asText());
  }

  private static String complaint(Process... processes) {
    StringBuilder text = new StringBuilder();
    for (Process process : processes) {
      try (InputStream errors = process.getErrorStream()) {
        text.append(new String(errors.readNBytes(2_000), StandardCharsets.UTF_8));
      } catch (IOException e) {
        text.append(e.getMessage());
      }
    }
    String said =
        text.toString().strip().lines().distinct().limit(4).reduce("", (a, b) -> a + b + " ");
    return said.isBlank() ? "it said nothing" : said.strip();
  }

  private static void join(Thread thread) {
    try {
      thread.join(5_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void write(OutputStream to, byte[] line) throws IOException {
    to.write(line);
    to.write('\n');
    to.flush();
  }

  /** Reads a line without its end; nothing at the end of all. */
  private static Optional<byte[]> line(InputStream from) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = from.read(); b != '\n'; b = from.read()) {
      if (b < 0) {
        return Optional.empty();
      }
      if (line.size() == LONGEST_LINE) {
        throw new IOException("a line is too long");
      }
      line.write(b);
    }
    return Optional.of(line.toByteArray());
  }

  /** Hands on what the program answers. */
  private static final class Answers implements Runnable {

    private final Process candidate;
    private final OutputStream to;
    private final AtomicReference<Cut> cut;
    private volatile boolean ready;

    Answers(Process candidate, OutputStream to, AtomicReference<Cut> cut) {
      this.candidate = candidate;
      this.to = to;
      this.cut = cut;
    }

    @Override
    public void run() {
      long bytes = 0;
      try (InputStream from = new BufferedInputStream(candidate.getInputStream());
          OutputStream tests = to) {
        ready = line(from).isPresent();
        for (Optional<byte[]> line = line(from); line.isPresent(); line = line(from)) {
          bytes += line.get().length;
          if (bytes > MOST_BYTES) {
            throw new IOException("too many bytes");
          }
          write(tests, line.get());
        }
      } catch (IOException e) {
        // A flood, or one of the two was ended. In the first case nobody has said so yet.
        if (candidate.isAlive()) {
          cut.compareAndSet(null, Cut.OUTPUT);
          Sandbox.end(candidate);
        }
      }
    }
  }
}
