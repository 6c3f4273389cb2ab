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
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
  private static final String FILTER = Sandbox.resource("filter.py");
  private static final String NO_FILTER = "filtered = 'it was not asked for'\n";
  private static final String WIRE = Sandbox.resource("wire.py");
  private static final String CANDIDATE = WIRE + Sandbox.resource("candidate.py");
  private static final String EXAMINER = WIRE + Sandbox.resource("examiner.py");

  /** How often it is looked how much memory a program takes. */
  private static final int WATCH_MILLISECONDS = 50;

  /** A line that is longer than this, or so many bytes in all, end the program. */
  private static final int LONGEST_LINE = 4 << 20;

  private static final long MOST_BYTES = 64L << 20;

  /** Longest time until a sandbox is there, on a machine that has much else to do. */
  static final int START_SECONDS = 60;

  private final Sandbox sandbox;
  private final ScheduledExecutorService clock;

  /** Why a program was ended before it had an answer. */
  private enum Cut {
    TIME,
    OUTPUT,
    MEMORY
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
    try (InputStream questions = new BufferedInputStream(examiner.getInputStream());
        InputStream answers = new BufferedInputStream(candidate.getInputStream())) {
      awaitStart(candidate, answers, examiner, questions);
      write(examiner.getOutputStream(), task(prompt, code, tests, entryPoint));
      return examine(candidate, answers, examiner, questions);
    } catch (IOException e) {
      throw new ImpossibleException("the sandbox broke down: " + e.getMessage());
    } finally {
      Sandbox.end(candidate);
      Sandbox.end(examiner);
    }
  }

  /** Waits until both say that they are there. How long that takes says nothing about a program. */
  private void awaitStart(
      Process candidate, InputStream answers, Process examiner, InputStream questions)
      throws ImpossibleException {
    ScheduledFuture<?> bell = ringAfter(START_SECONDS, candidate, examiner, () -> {});
    try {
      Optional<byte[]> one = line(questions);
      Optional<byte[]> other = line(answers);
      if (one.isPresent() && other.isPresent() && bell.cancel(false)) {
        requireFilter(one.get());
        requireFilter(other.get());
        return;
      }
    } catch (IOException e) {
      throw new ImpossibleException("the sandbox did not start: " + e.getMessage());
    }
    throw new ImpossibleException(
        bell.isDone()
            ? "the sandbox did not start in %d seconds".formatted(START_SECONDS)
            : "the sandbox did not start: " + complaint(examiner, candidate));
  }

  /** What is said before anything hostile is read can be believed. */
  private void requireFilter(byte[] ready) throws ImpossibleException, IOException {
    String lacking = JSON.readTree(ready).path("filtered").asText("it said nothing of one");
    if (sandbox.filter() == Sandbox.Filter.REQUIRED && !lacking.isEmpty()) {
      throw new ImpossibleException(
          "there is no filter of system calls (%s); filter=none does without".formatted(lacking));
    }
  }

  private ScheduledFuture<?> ringAfter(
      int seconds, Process candidate, Process examiner, Runnable first) {
    return clock.schedule(
        () -> {
          first.run();
          Sandbox.kill(candidate);
          Sandbox.kill(examiner);
        },
        seconds,
        TimeUnit.SECONDS);
  }

  private Outcome examine(
      Process candidate, InputStream answers, Process examiner, InputStream questions)
      throws ImpossibleException {
    AtomicReference<Cut> cut = new AtomicReference<>();
    ScheduledFuture<?> bell =
        ringAfter(
            sandbox.limits().seconds(),
            candidate,
            examiner,
            () -> cut.compareAndSet(null, Cut.TIME));
    ScheduledFuture<?> watch =
        clock.scheduleWithFixedDelay(
            () -> {
              if (ResidentMemory.of(candidate) > sandbox.limits().totalMemoryBytes()) {
                cut.compareAndSet(null, Cut.MEMORY);
                Sandbox.kill(candidate);
              }
            },
            WATCH_MILLISECONDS,
            WATCH_MILLISECONDS,
            TimeUnit.MILLISECONDS);
    Thread answering =
        new Thread(
            new Answers(candidate, answers, examiner.getOutputStream(), cut),
            "answers of a program");
    answering.setDaemon(true);
    answering.start();
    Optional<JsonNode> verdict;
    try {
      verdict = hand(questions, candidate.getOutputStream());
    } catch (IOException e) {
      // The tests were ended; what follows says why.
      verdict = Optional.empty();
    }
    bell.cancel(false);
    watch.cancel(false);
    Sandbox.kill(candidate);
    Sandbox.kill(examiner);
    join(answering);
    return outcome(verdict, cut.get());
  }

  private Process start(String program) throws ImpossibleException {
    try {
      String first = sandbox.filter() == Sandbox.Filter.REQUIRED ? FILTER : NO_FILTER;
      return sandbox.start(first + program);
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
        && Arrays.equals(line, 0, start.length, start, 0, start.length);
  }

  private static Outcome outcome(Optional<JsonNode> verdict, Cut cut) throws ImpossibleException {
    if (verdict.isPresent()) {
      JsonNode said = verdict.get();
      String message = said.path("message").asText();
      if (said.path("verdict").asText().equals("unusable")) {
        throw new ImpossibleException(message);
      }
      return new Outcome(said.path("passed").asInt(), said.path("tests").asInt(), false, message);
    }
    if (cut == Cut.TIME) {
      return new Outcome(0, 1, true, "time ran out");
    }
    return new Outcome(
        0,
        1,
        false,
        cut == Cut.OUTPUT
            ? "the program answered with more than may be handed on"
            : "the tests ended without a verdict, by a limit perhaps");
  }

  /** What the two said on their error stream before they ended. */
  private static String complaint(Process... processes) {
    Set<String> lines = new LinkedHashSet<>();
    for (Process process : processes) {
      try {
        process.waitFor(1, TimeUnit.SECONDS);
        InputStream errors = process.getErrorStream();
        byte[] said = errors.readNBytes(Math.min(2_000, errors.available()));
        new String(said, StandardCharsets.UTF_8).strip().lines().limit(3).forEach(lines::add);
      } catch (IOException e) {
        lines.add(e.getMessage());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return lines.isEmpty() ? "it said nothing" : String.join(" ", lines);
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
  private record Answers(
      Process candidate, InputStream from, OutputStream to, AtomicReference<Cut> cut)
      implements Runnable {

    @Override
    public void run() {
      long bytes = 0;
      try (OutputStream tests = to) {
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
          Sandbox.kill(candidate);
        }
      }
    }
  }
}
