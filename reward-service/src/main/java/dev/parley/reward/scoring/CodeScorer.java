package dev.parley.reward.scoring;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.model.text.ChatMessage;
import dev.parley.reward.scoring.Examination.ImpossibleException;
import dev.parley.reward.scoring.Examination.Outcome;
import dev.parley.reward.scoring.Sandbox.Limits;
import dev.parley.reward.scoring.ScorerTypes.Surroundings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;

/**
 * Scores Python programs by tests, which run in a {@link Sandbox}.
 *
 * <p>The tests are the item's reference, or its metadata {@code test}: statements with asserts, a
 * function {@code check(candidate)} as in HumanEval (Chen et al. 2021, arXiv:2107.03374), or a JSON
 * list of asserts as in MBPP. The metadata {@code entry_point} names the function that is tested.
 */
final class CodeScorer implements Scorer {

  private static final Logger LOG = Logger.getLogger(CodeScorer.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PASSED = "tests_passed";
  private static final String TESTS = "tests";
  private static final String TIMED_OUT = "timed_out";
  private static final int MEBIBYTE = 1 << 20;
  private static final int LONGEST = 200_000;
  private static final Pattern FENCED =
      Pattern.compile("```([A-Za-z0-9_+.-]*)[^\\n]*\\n(.*?)(?:\\n?```|\\z)", Pattern.DOTALL);

  /** Whether programs are shut in. */
  enum Shut {
    /** In namespaces; without them there is no score. */
    NAMESPACES,
    /** Not at all. */
    NONE
  }

  /** What a program with failing tests is worth. */
  enum Count {
    /** 1 if all tests pass, else 0. */
    ALL,
    /** The share of the tests that pass. */
    SHARE
  }

  private final String name;
  private final ForwardListener listener;
  private final Sandbox.Filter filter;
  private final Count count;
  private final Shut shut;
  private final Optional<Path> python;
  private final Limits limits;
  private final int parallel;
  private final String version;
  private ExecutorService workers;
  private ScheduledExecutorService clock;
  private Examination examination;

  private CodeScorer(
      Surroundings surroundings,
      Count count,
      Shut shut,
      Sandbox.Filter filter,
      Optional<Path> python,
      Limits limits,
      int parallel,
      String version) {
    this.name = surroundings.name();
    this.listener = surroundings.listener();
    this.filter = filter;
    this.count = count;
    this.shut = shut;
    this.python = python;
    this.limits = limits;
    this.parallel = parallel;
    this.version = version;
  }

  static CodeScorer of(ScorerSettings settings, Surroundings surroundings) {
    Count count = settings.choice("count", Count.ALL);
    Shut shut = settings.choice("sandbox", Shut.NAMESPACES);
    Sandbox.Filter filter = settings.choice("filter", Sandbox.Filter.REQUIRED);
    Optional<Path> python = settings.path("python");
    int memory = settings.count("memory-mebibytes", 512);
    Limits limits =
        new Limits(
            settings.count("cpu-seconds", 10),
            settings.count("seconds", 20),
            (long) memory * MEBIBYTE,
            (long) settings.count("total-memory-mebibytes", memory) * MEBIBYTE,
            (long) settings.count("file-mebibytes", 16) * MEBIBYTE,
            settings.count("processes", 8));
    int cores = Runtime.getRuntime().availableProcessors();
    int parallel = settings.count("parallel", Math.max(1, cores / 2));
    return new CodeScorer(
        surroundings, count, shut, filter, python, limits, parallel, settings.digest());
  }

  @Override
  public void load() {
    if (examination != null) {
      return;
    }
    clock = Executors.newSingleThreadScheduledExecutor(CodeScorer::daemon);
    workers = Executors.newFixedThreadPool(parallel, CodeScorer::daemon);
    if (shut == Shut.NONE) {
      LOG.warn("Programs are not shut in (sandbox=none): they may do what this process may");
    }
    List<String> complaints = new ArrayList<>();
    try {
      List<Sandbox> candidates =
          shut == Shut.NONE
              ? List.of(Sandbox.open(python, limits, filter))
              : Sandbox.candidates(python, limits, filter);
      for (Sandbox sandbox : candidates) {
        Optional<Examination> works = probe(sandbox, complaints);
        if (works.isPresent()) {
          examination = works.get();
          LOG.infof("Programs of %s run in: %s", name, sandbox.described());
          listener.shutIn(name, sandbox.described());
          return;
        }
      }
    } catch (Sandbox.UnavailableException e) {
      complaints.add(e.getMessage());
    }
    close();
    throw new IllegalStateException(refusal(complaints));
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "code");
    thread.setDaemon(true);
    return thread;
  }

  /** Scores one right and one wrong program. */
  private Optional<Examination> probe(Sandbox sandbox, List<String> complaints) {
    Examination tried = new Examination(sandbox, clock);
    try {
      String right = "def f(x):\n    return x + 1\n";
      Outcome passed = tried.run("", right, "assert f(1) == 2", "");
      Outcome failed = tried.run("", right, "assert f(1) == 3", "");
      if (passed.passed() == 1 && failed.passed() == 0) {
        return Optional.of(tried);
      }
      complaints.add("a program that is right does not pass: " + passed.message());
    } catch (ImpossibleException e) {
      complaints.add(e.getMessage());
    }
    return Optional.empty();
  }

  private static String refusal(List<String> complaints) {
    return "programs cannot be shut in on this machine, so none is run ("
        + String.join("; ", complaints)
        + "). Needed are Linux with user namespaces or root's rights, util-linux 2.36 or newer and"
        + " python3. In a container, allow unshare and mount (Docker: --security-opt"
        + " seccomp=unconfined); on Ubuntu 24.04 set"
        + " kernel.apparmor_restrict_unprivileged_userns=0. In a machine that is thrown away,"
        + " sandbox=none runs programs as they are";
  }

  @Override
  public String version() {
    return version;
  }

  @Override
  public List<String> components() {
    return List.of(PASSED, TESTS, TIMED_OUT);
  }

  @Override
  public List<Verdict> score(List<Item> items) {
    List<Future<Verdict>> futures =
        items.stream().map(item -> workers.submit(() -> score(item))).toList();
    return futures.stream().map(CodeScorer::get).toList();
  }

  private static Verdict get(Future<Verdict> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a program could not be scored", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Verdict.failed("interrupted");
    }
  }

  private Verdict score(Item item) {
    Optional<String> answer = item.content().answer();
    if (answer.isEmpty()) {
      return Verdict.failed("there is no answer's text to read a program from");
    }
    String tests = tests(item);
    String entryPoint = item.metadata().getOrDefault("entry_point", "");
    if (tests.isBlank()) {
      return Verdict.failed(
          "there are no tests; send them as reference_answer, or as the metadata test");
    }
    String code = program(answer.get(), entryPoint);
    if (code.length() + tests.length() > LONGEST) {
      return Verdict.failed(
          "program and tests have %d characters, expected at most %d"
              .formatted(code.length() + tests.length(), LONGEST));
    }
    try {
      Outcome outcome = examination.run(question(item.content()), code, tests, entryPoint);
      Map<String, Double> components = new LinkedHashMap<>();
      components.put(PASSED, (double) outcome.passed());
      components.put(TESTS, (double) outcome.tests());
      components.put(TIMED_OUT, outcome.timedOut() ? 1.0 : 0.0);
      double share = (double) outcome.passed() / outcome.tests();
      double value = count == Count.SHARE ? share : Math.floor(share);
      return Verdict.of(value, components).withExtracted(code);
    } catch (ImpossibleException e) {
      return Verdict.failed(e.getMessage());
    }
  }

  private static String tests(Item item) {
    String reference =
        item.referenceAnswer().isBlank()
            ? item.metadata().getOrDefault("test", item.metadata().getOrDefault("test_list", ""))
            : item.referenceAnswer();
    String setup = item.metadata().getOrDefault("test_setup_code", "");
    if (!reference.stripLeading().startsWith("[")) {
      return setup.isBlank() ? reference : setup + "\n" + reference;
    }
    try {
      List<String> statements = new ArrayList<>();
      statements.add(setup);
      for (JsonNode statement : JSON.readTree(reference)) {
        statements.add(statement.asText());
      }
      return String.join("\n", statements);
    } catch (JsonProcessingException e) {
      // It is Python that begins with a bracket.
      return reference;
    }
  }

  /**
   * The program in an answer: the last fenced block that defines the function, or the last one in
   * Python, or else all of the answer.
   */
  static String program(String answer, String entryPoint) {
    Pattern definition =
        Pattern.compile("(?m)^\\s*(?:async\\s+)?def\\s+" + Pattern.quote(entryPoint) + "\\s*\\(");
    String last = null;
    String defining = null;
    Matcher fenced = FENCED.matcher(answer);
    while (fenced.find()) {
      boolean python = fenced.group(1).isEmpty() || fenced.group(1).matches("(?i)py(thon)?3?");
      if (python) {
        last = fenced.group(2);
        defining = !entryPoint.isEmpty() && definition.matcher(last).find() ? last : defining;
      }
    }
    return defining != null ? defining : last != null ? last : answer;
  }

  private static String question(Content content) {
    if (content instanceof Content.Texts texts) {
      return texts.prompt();
    }
    String last = "";
    if (content instanceof Content.Dialogue dialogue) {
      for (ChatMessage message : dialogue.messages()) {
        last = message.isAssistant() ? last : message.content();
      }
    }
    return last;
  }

  @Override
  public void close() {
    if (workers != null) {
      workers.shutdownNow();
      clock.shutdownNow();
    }
  }
}
