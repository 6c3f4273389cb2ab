package dev.parley.policy;

import static dev.parley.serving.metrics.MeterCatalogue.counter;
import static dev.parley.serving.metrics.MeterCatalogue.gauge;
import static dev.parley.serving.metrics.MeterCatalogue.summary;
import static dev.parley.serving.metrics.MeterCatalogue.timer;

import dev.parley.model.torchscript.GpuMemory;
import dev.parley.policy.generation.GeneratedGroup;
import dev.parley.policy.generation.GeneratedSample;
import dev.parley.policy.generation.GenerationEngine;
import dev.parley.policy.serving.CheckpointRefusedException;
import dev.parley.proto.rollout.v1.Status;
import dev.parley.serving.metrics.Buckets;
import dev.parley.serving.metrics.MeterCatalogue;
import dev.parley.serving.metrics.Meters;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/**
 * All meters of the service; the only class that knows Micrometer. The number that a description
 * begins with is the step of the loop.
 */
@Singleton
public class PolicyMetrics {

  /** Counter. Tokens drawn. */
  public static final String TOKENS = "parley.policy.tokens";

  /** Gauge. Tokens drawn per second of generation, of late. */
  public static final String TOKENS_PER_SECOND = "parley.policy.tokens.per.second";

  /** Gauge. Answers that are being made. */
  public static final String ACTIVE = "parley.policy.answers.active";

  /** Gauge. Most answers that are made at once. */
  public static final String ACTIVE_CAPACITY = "parley.policy.answers.capacity";

  /** Gauge. Answers that wait for a free row. */
  public static final String WAITING = "parley.policy.answers.waiting";

  /** Timer. One decode step: a token for each answer that is being made. */
  public static final String STEPS = "parley.policy.steps";

  /** Summary. Answers that got a token in a step. */
  public static final String STEP_ANSWERS = "parley.policy.step.answers";

  /** Gauge. Tokens whose keys and values are held for answers that are being made. */
  public static final String CACHE_TOKENS = "parley.policy.cache.tokens";

  /** Gauge. Most tokens whose keys and values can be held. */
  public static final String CACHE_CAPACITY = "parley.policy.cache.capacity";

  /** Counter. Tokens of prompts that were not read again, since they had been read before. */
  public static final String PROMPT_TOKENS_REUSED = "parley.policy.prompt.tokens.reused";

  /** Counter, tag {@value #REASON}. Answers that ended. */
  public static final String ANSWERS = "parley.policy.answers";

  /** Summary. Tokens of an answer. */
  public static final String ANSWER_TOKENS = "parley.policy.answer.tokens";

  /** Timer. From a request's first step to its last token. */
  public static final String GENERATION = "parley.policy.generation";

  /** Counter. Steps that threw, with all requests in them. */
  public static final String ENGINE_FAILURES = "parley.policy.generation.failures";

  /** Counter. Requests and prompts that failed, since a log-probability was not finite. */
  public static final String NOT_FINITE = "parley.policy.generation.not.finite";

  /** Timer, tag {@value #CODE}. gRPC requests, from arrival to answer. */
  public static final String REQUESTS = "parley.policy.requests";

  /** Timer, tags {@value #ROUTE}, {@value #CODE}. HTTP requests, from arrival to the last byte. */
  public static final String HTTP_REQUESTS = "parley.policy.http.requests";

  /** Gauge. Prompts that are being answered, scored, or wait to be published. */
  public static final String PROMPTS_IN_FLIGHT = "parley.policy.prompts.in.flight";

  /** Gauge. Prompts in the topic that nobody has begun, in this instance's partitions. */
  public static final String PROMPTS_LAG = "parley.policy.prompts.lag";

  /** Counter. Prompts of other runs. */
  public static final String PROMPTS_PASSED_OVER = "parley.policy.prompts.passed.over";

  /** Counter. Prompts begun and given back: a rebalance, a failed transaction, a shutdown. */
  public static final String PROMPTS_GIVEN_BACK = "parley.policy.prompts.given.back";

  /** Counter, tag {@value #STATUS}. Rollouts committed. */
  public static final String ROLLOUTS = "parley.policy.rollouts";

  /** Counter, tag {@value #TOPIC}. Dead letters committed. */
  public static final String DEAD_LETTERS = "parley.policy.dead.letters";

  /** Timer. From a prompt's arrival to the commit of its rollout. */
  public static final String ROLLOUT = "parley.policy.rollout";

  /** Counter. Transactions that were not committed. */
  public static final String TRANSACTION_FAILURES = "parley.policy.transaction.failures";

  /** Counter. Sessions with the broker that broke, with all prompts in them. */
  public static final String SESSION_FAILURES = "parley.policy.session.failures";

  /** Timer, tag {@value #SERVICE}. Calls to another service, retries included. */
  public static final String CALLS = "parley.policy.calls";

  /** Counter, tag {@value #SERVICE}. Calls tried again. */
  public static final String CALL_RETRIES = "parley.policy.call.retries";

  /** Counter, tags {@value #SERVICE}, {@value #REASON}. Completions that lack a value. */
  public static final String MISSING_VALUES = "parley.policy.missing.values";

  /** Gauge. The version served. */
  public static final String VERSION = "parley.policy.version";

  /** Gauge. The newest version that was announced for the run. */
  public static final String VERSION_ANNOUNCED = "parley.policy.version.announced";

  /** Timer. From taking up an announcement to serving it: load, checks, exchange. */
  public static final String VERSION_LOAD = "parley.policy.version.load";

  /** Name of the counter of files of weights that were read before their announcement. */
  public static final String VERSION_FILES = "parley.policy.version.files";

  /** Summary. Version served when a prompt began, minus the version that it required. */
  public static final String VERSION_AHEAD = "parley.policy.version.ahead";

  /** Timer. From a prompt's arrival until the version that it required was served. */
  public static final String VERSION_WAIT = "parley.policy.version.wait";

  /** Timer. Exchanges of the weights, from one decode step to the next. */
  public static final String SWAPS = "parley.policy.swaps";

  /** Counter, tag {@value #REASON}. Announced weights that were refused. */
  public static final String SWAP_REFUSALS = "parley.policy.swap.refusals";

  /** Gauge, tag {@value #DEVICE}. Memory of a GPU that is taken, by whatever process. */
  public static final String GPU_MEMORY_USED = "parley.policy.gpu.memory.used";

  /** Gauge, tag {@value #DEVICE}. All memory of a GPU. */
  public static final String GPU_MEMORY = "parley.policy.gpu.memory.total";

  /** A GPU: cuda:N. */
  public static final String DEVICE = "device";

  /** Why. */
  public static final String REASON = "reason";

  /** ok, failed or timed_out. */
  public static final String STATUS = "status";

  /** reward or reference. */
  public static final String SERVICE = "service";

  private static final String SERVICES = "reward, reference";

  /** Reasons for which weights are refused that are not the checkpoint's. */
  private static final List<String> OTHER_REFUSALS = List.of("swap", "load");

  /** A topic's name. */
  public static final String TOPIC = "topic";

  /** The gRPC or HTTP status code of the answer; 499 if the client went away. */
  public static final String CODE = "code";

  /** models, completions, chat_completions or other. */
  public static final String ROUTE = "route";

  /** The run whose prompts are answered: on every meter, unless the service has no run. */
  public static final String RUN = "run";

  /** Of everything that is counted in tokens, answers or versions. */
  private static final List<Double> COUNTS = Buckets.powersOfTwo(8192);

  /**
   * Every meter: what it is, its unit, and its labels with their values. The number that a
   * description begins with is the step of the loop.
   */
  private static final MeterCatalogue METERS =
      MeterCatalogue.of(
          gauge(
              PROMPTS_LAG,
              "prompts",
              "1: prompts in the topic that nobody has begun, in this instance's partitions"),
          counter(PROMPTS_PASSED_OVER, "prompts", "1: prompts of other runs"),
          counter(
              PROMPTS_GIVEN_BACK,
              "prompts",
              "1: prompts begun and given back: a rebalance, a broken session, a shutdown"),
          counter(TOKENS, "tokens", "2: tokens drawn"),
          gauge(TOKENS_PER_SECOND, "tokens", "2: tokens drawn per second of generation, of late"),
          gauge(ACTIVE, "answers", "2: answers that are being made"),
          gauge(ACTIVE_CAPACITY, "answers", "2: most answers that are made at once"),
          gauge(WAITING, "answers", "2: answers that wait for a free row"),
          timer(STEPS, "2: decode steps, a token for each answer that is being made"),
          summary(STEP_ANSWERS, "answers", "2: answers that got a token in a step"),
          gauge(
              CACHE_TOKENS,
              "tokens",
              "2: tokens whose keys and values are held, kept prompt beginnings included"),
          gauge(CACHE_CAPACITY, "tokens", "2: most tokens whose keys and values can be held"),
          counter(
              PROMPT_TOKENS_REUSED,
              "tokens",
              "2: tokens of prompts that did not have to be read again"),
          counter(
              ANSWERS,
              "answers",
              "2: answers that ended",
              Tag.of(REASON, "stop_token, stop_string, length")),
          summary(ANSWER_TOKENS, "tokens", "2: tokens of an answer"),
          timer(GENERATION, "2: from a request's first step to its last token"),
          counter(
              ENGINE_FAILURES,
              "steps",
              "2: steps and exchanges of weights that threw, with all running requests"),
          counter(
              NOT_FINITE,
              "requests",
              "2: requests and prompts that failed: a log-probability was not finite"),
          timer(
              REQUESTS,
              "2: gRPC requests, from arrival to answer",
              Tag.of(CODE, "gRPC status code")),
          timer(
              HTTP_REQUESTS,
              "2: HTTP requests, from arrival to the last byte of the answer",
              Tag.of(ROUTE, "models, completions, chat_completions, other"),
              Tag.of(CODE, "HTTP status; 499 for a client that went away")),
          gauge(
              PROMPTS_IN_FLIGHT,
              "prompts",
              "3: prompts that are being answered, scored, or wait to be published"),
          counter(
              ROLLOUTS,
              "rollouts",
              "3: rollouts committed",
              Tag.of(STATUS, "ok, failed, timed_out")),
          timer(ROLLOUT, "3: from a prompt's arrival to the commit of its rollout"),
          timer(CALLS, "4: calls to another service, retries included", Tag.of(SERVICE, SERVICES)),
          counter(CALL_RETRIES, "calls", "4: calls tried again", Tag.of(SERVICE, SERVICES)),
          counter(
              MISSING_VALUES,
              "completions",
              "4: completions that lack a score or log-probabilities",
              Tag.of(SERVICE, SERVICES),
              Tag.of(REASON, "failed, timed_out")),
          counter(
              DEAD_LETTERS,
              "records",
              "4: dead letters committed",
              Tag.of(TOPIC, "the record's topic")),
          counter(TRANSACTION_FAILURES, "transactions", "4: transactions that were not committed"),
          counter(
              SESSION_FAILURES,
              "sessions",
              "4: sessions with the broker that broke, with all prompts in them"),
          gauge(VERSION, null, "8: the version served"),
          gauge(VERSION_ANNOUNCED, null, "8: the newest version that was announced for the run"),
          summary(
              VERSION_AHEAD,
              "versions",
              "8: version served when a prompt began, minus the version it required"),
          timer(
              VERSION_WAIT, "8: from a prompt's arrival until the version it required was served"),
          timer(
              VERSION_LOAD,
              "8: from taking up an announcement to serving it: load, checks, exchange"),
          counter(
              VERSION_FILES,
              "files",
              "8: files of weights that were read before their version was announced"),
          timer(SWAPS, "8: exchanges of the weights, from one decode step to the next"),
          counter(
              SWAP_REFUSALS,
              "versions",
              "8: announced weights that were refused",
              Tag.of(
                  REASON,
                  "announcement, missing, unreadable, checksum, shape, not_finite, swap,"
                      + " load")),
          gauge(
              GPU_MEMORY_USED,
              "bytes",
              "2: memory of a GPU that is taken, by whatever process; where there is one",
              Tag.of(DEVICE, "cuda:N")),
          gauge(
              GPU_MEMORY,
              "bytes",
              "2: all memory of a GPU; where there is one",
              Tag.of(DEVICE, "cuda:N")));

  private final Meters meters;
  private final AtomicLong announced = new AtomicLong();
  private final Counter tokens;
  private final DistributionSummary answerTokens;
  private final Timer generation;
  private final Counter engineFailures;
  private final Counter notFinite;
  private final Counter passedOver;
  private final Counter givenBack;
  private final Timer rollout;
  private final Counter transactionFailures;
  private final Counter sessionFailures;
  private final DistributionSummary versionAhead;
  private final Timer versionWait;
  private final Timer versionLoad;
  private final Counter versionFiles;
  private final Timer swaps;
  private final Timer steps;
  private final DistributionSummary stepAnswers;

  /** Registers the meters of a service, with its run as a label if it has one. */
  @Inject
  public PolicyMetrics(MeterRegistry registry, PolicyConfig config) {
    this(registry, config.runId());
  }

  /** Registers the meters of a service without a run. */
  public PolicyMetrics(MeterRegistry registry) {
    this(registry, Optional.empty());
  }

  /** Registers the meters. */
  public PolicyMetrics(MeterRegistry registry, Optional<String> run) {
    this.meters = METERS.in(registry, Tags.of(run.stream().map(id -> Tag.of(RUN, id)).toList()));
    this.tokens = meters.counter(TOKENS);
    this.answerTokens = meters.summary(ANSWER_TOKENS, COUNTS);
    this.generation = meters.timer(GENERATION);
    this.engineFailures = meters.counter(ENGINE_FAILURES);
    this.notFinite = meters.counter(NOT_FINITE);
    this.passedOver = meters.counter(PROMPTS_PASSED_OVER);
    this.givenBack = meters.counter(PROMPTS_GIVEN_BACK);
    this.rollout = meters.timer(ROLLOUT);
    this.transactionFailures = meters.counter(TRANSACTION_FAILURES);
    this.sessionFailures = meters.counter(SESSION_FAILURES);
    this.versionAhead = meters.summary(VERSION_AHEAD, COUNTS);
    this.versionWait = meters.timer(VERSION_WAIT);
    this.versionLoad = meters.timer(VERSION_LOAD);
    this.versionFiles = meters.counter(VERSION_FILES);
    this.swaps = meters.timer(SWAPS);
    this.steps = meters.timer(STEPS);
    this.stepAnswers = meters.summary(STEP_ANSWERS, COUNTS);
    registerWhatMayFail();
  }

  /** A counter that is first seen when it counts has no rate at that moment: 0 comes first. */
  private void registerWhatMayFail() {
    for (Status status : List.of(Status.STATUS_OK, Status.STATUS_FAILED, Status.STATUS_TIMED_OUT)) {
      meters.counter(ROLLOUTS, STATUS, statusName(status));
    }
    for (String service : List.of("reward", "reference")) {
      meters.counter(CALL_RETRIES, SERVICE, service);
      for (Status status : List.of(Status.STATUS_FAILED, Status.STATUS_TIMED_OUT)) {
        meters.counter(MISSING_VALUES, SERVICE, service, REASON, statusName(status));
      }
    }
    for (CheckpointRefusedException.Reason reason : CheckpointRefusedException.Reason.values()) {
      meters.counter(SWAP_REFUSALS, REASON, lowerCase(reason));
    }
    OTHER_REFUSALS.forEach(reason -> meters.counter(SWAP_REFUSALS, REASON, reason));
  }

  /** Returns every meter that the service may have, its labels' values in words. */
  public static List<Meter.Id> catalogue() {
    Tag run = Tag.of(RUN, "the run whose prompts are answered, if there is one");
    return METERS.meters().stream()
        .map(meter -> meter.withTags(Tags.of(run).and(meter.getTags())))
        .toList();
  }

  /** Reports from now on what an engine does. */
  public void watchEngine(GenerationEngine engine) {
    meters.gauge(ACTIVE, engine::activeRows);
    meters.gauge(ACTIVE_CAPACITY, engine::mostRows);
    meters.gauge(WAITING, engine::waitingRows);
    meters.gauge(TOKENS_PER_SECOND, engine::tokensPerSecond);
    meters.gauge(CACHE_TOKENS, () -> engine.cacheUse().tokens());
    meters.gauge(CACHE_CAPACITY, () -> engine.cacheUse().capacity());
    meters.counted(PROMPT_TOKENS_REUSED, () -> engine.cacheUse().reusedTokens());
    meters.gauge(VERSION, () -> engine.served().number());
    meters.gauge(VERSION_ANNOUNCED, () -> Math.max(announced.get(), engine.served().number()));
  }

  /** Reports from now on how much of a GPU's memory is taken. */
  public void watchGpu(GpuMemory memory) {
    meters.gauge(GPU_MEMORY_USED, memory::used, DEVICE, memory.name());
    meters.gauge(GPU_MEMORY, memory::total, DEVICE, memory.name());
  }

  /** Reports from now on what a loop over the prompts does. */
  public void watchLoop(IntSupplier inFlight, LongSupplier lag) {
    meters.gauge(PROMPTS_IN_FLIGHT, inFlight::getAsInt);
    meters.gauge(PROMPTS_LAG, lag::getAsLong);
  }

  /** Notes a decode step. */
  public void stepped(long nanos, int answers) {
    steps.record(nanos, TimeUnit.NANOSECONDS);
    stepAnswers.record(answers);
  }

  /** Counts a token. */
  public void tokenDrawn() {
    tokens.increment();
  }

  /** Counts a finished request. */
  public void generated(GeneratedGroup group) {
    generation.record(group.endNanos() - group.startNanos(), TimeUnit.NANOSECONDS);
    for (GeneratedSample sample : group.samples()) {
      answerTokens.record(sample.tokens().length);
      meters.counter(ANSWERS, REASON, lowerCase(sample.finish())).increment();
    }
  }

  /** Counts a step that threw. */
  public void engineFailed() {
    engineFailures.increment();
  }

  /** Counts a request that failed, since a log-probability was not finite. */
  public void notFinite() {
    notFinite.increment();
  }

  /** Counts an answered gRPC request. */
  public void answered(String code, long nanos) {
    meters.timer(REQUESTS, CODE, code).record(nanos, TimeUnit.NANOSECONDS);
  }

  /** Counts an answered HTTP request. */
  public void httpAnswered(String route, int status, long nanos) {
    meters
        .timer(HTTP_REQUESTS, ROUTE, route, CODE, Integer.toString(status))
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  /** Counts a prompt of another run. */
  public void passedOver() {
    passedOver.increment();
  }

  /** Counts prompts that were begun and not finished. */
  public void givenBack(int prompts) {
    givenBack.increment(prompts);
  }

  /** Counts a committed rollout. */
  public void committed(Status status, long nanosSinceArrival) {
    rollout.record(nanosSinceArrival, TimeUnit.NANOSECONDS);
    meters.counter(ROLLOUTS, STATUS, statusName(status)).increment();
  }

  /** Counts a committed dead letter. */
  public void deadLetter(String topic) {
    meters.counter(DEAD_LETTERS, TOPIC, topic).increment();
  }

  /** Counts a transaction that was not committed. */
  public void transactionFailed() {
    transactionFailures.increment();
  }

  /** Counts a session with the broker that broke. */
  public void sessionBroke() {
    sessionFailures.increment();
  }

  /** Counts a call to another service, retries included. */
  public void called(String service, long nanos) {
    meters.timer(CALLS, SERVICE, service).record(nanos, TimeUnit.NANOSECONDS);
  }

  /** Counts a call that is tried again. */
  public void retried(String service) {
    meters.counter(CALL_RETRIES, SERVICE, service).increment();
  }

  /** Counts a completion that lacks a value. */
  public void missing(String service, Status status) {
    meters.counter(MISSING_VALUES, SERVICE, service, REASON, statusName(status)).increment();
  }

  /** Counts a prompt that begins under a version. */
  public void began(long served, long required, long waitedNanos) {
    versionAhead.record(served - required);
    versionWait.record(waitedNanos, TimeUnit.NANOSECONDS);
  }

  /** Notes an announcement; the newest counts, also if it goes back. */
  public void announced(long version) {
    announced.set(version);
  }

  /** Counts announced weights that are served now. */
  public void loaded(long nanos) {
    versionLoad.record(nanos, TimeUnit.NANOSECONDS);
  }

  /** Counts a file of weights that was read before its version was announced. */
  public void readAlong() {
    versionFiles.increment();
  }

  /** Counts an exchange of the weights. */
  public void swapped(long nanos) {
    swaps.record(nanos, TimeUnit.NANOSECONDS);
  }

  /** Counts announced weights that were refused. */
  public void swapRefused(String reason) {
    meters.counter(SWAP_REFUSALS, REASON, reason).increment();
  }

  private static String statusName(Status status) {
    return lowerCase(status).replaceFirst("^status_", "");
  }

  private static String lowerCase(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
