package dev.parley.policy;

import dev.parley.policy.generation.GeneratedGroup;
import dev.parley.policy.generation.GeneratedSample;
import dev.parley.policy.generation.GenerationEngine;
import dev.parley.proto.rollout.v1.Status;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Singleton;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

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

  /** Summary. Version served when a prompt began, minus the version that it required. */
  public static final String VERSION_AHEAD = "parley.policy.version.ahead";

  /** Timer. From a prompt's arrival until the version that it required was served. */
  public static final String VERSION_WAIT = "parley.policy.version.wait";

  /** Timer. Exchanges of the weights, from one decode step to the next. */
  public static final String SWAPS = "parley.policy.swaps";

  /** Counter, tag {@value #REASON}. Announced weights that were refused. */
  public static final String SWAP_REFUSALS = "parley.policy.swap.refusals";

  /** Why. */
  public static final String REASON = "reason";

  /** ok, failed or timed_out. */
  public static final String STATUS = "status";

  /** reward or reference. */
  public static final String SERVICE = "service";

  /** A topic's name. */
  public static final String TOPIC = "topic";

  /** The gRPC or HTTP status code of the answer; 499 if the client went away. */
  public static final String CODE = "code";

  /** models, completions, chat_completions or other. */
  public static final String ROUTE = "route";

  private final MeterRegistry registry;
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
  private final Timer swaps;
  private final Timer steps;
  private final DistributionSummary stepAnswers;

  /** Registers the meters. */
  public PolicyMetrics(MeterRegistry registry) {
    this.registry = registry;
    this.tokens = counter(TOKENS, "2: tokens drawn", "tokens").register(registry);
    this.answerTokens =
        DistributionSummary.builder(ANSWER_TOKENS)
            .description("2: tokens of an answer")
            .baseUnit("tokens")
            .register(registry);
    this.generation = timer(GENERATION, "2: from a request's first step to its last token");
    this.engineFailures =
        counter(ENGINE_FAILURES, "2: steps that threw, with all requests in them", "steps")
            .register(registry);
    this.notFinite =
        counter(NOT_FINITE, "2: requests whose log-probabilities were not finite", "requests")
            .register(registry);
    this.passedOver =
        counter(PROMPTS_PASSED_OVER, "1: prompts of other runs", "prompts").register(registry);
    this.givenBack =
        counter(PROMPTS_GIVEN_BACK, "1: prompts begun and given back", "prompts")
            .register(registry);
    this.rollout = timer(ROLLOUT, "3: from a prompt's arrival to the commit of its rollout");
    this.transactionFailures =
        counter(TRANSACTION_FAILURES, "4: transactions that were not committed", "transactions")
            .register(registry);
    this.sessionFailures =
        counter(SESSION_FAILURES, "4: sessions with the broker that broke", "sessions")
            .register(registry);
    this.versionAhead =
        DistributionSummary.builder(VERSION_AHEAD)
            .description("8: version served when a prompt began, minus the version it required")
            .baseUnit("versions")
            .register(registry);
    this.versionWait =
        timer(VERSION_WAIT, "8: from a prompt's arrival until the version it required was served");
    this.swaps = timer(SWAPS, "8: exchanges of the weights");
    this.steps = timer(STEPS, "2: decode steps, a token for each answer that is being made");
    this.stepAnswers =
        DistributionSummary.builder(STEP_ANSWERS)
            .description("2: answers that got a token in a step")
            .baseUnit("answers")
            .register(registry);
  }

  private Timer timer(String name, String description) {
    return Timer.builder(name).description(description).register(registry);
  }

  private static Counter.Builder counter(String name, String description, String unit) {
    return Counter.builder(name).description(description).baseUnit(unit);
  }

  private void gauge(String name, String description, String unit, Supplier<Number> value) {
    Gauge.builder(name, value)
        .description(description)
        .baseUnit(unit)
        .strongReference(true)
        .register(registry);
  }

  /** Reports from now on what an engine does. */
  public void watchEngine(GenerationEngine engine) {
    gauge(ACTIVE, "2: answers that are being made", "answers", engine::activeRows);
    gauge(WAITING, "2: answers that wait for a free row", "answers", engine::waitingRows);
    gauge(
        TOKENS_PER_SECOND,
        "2: tokens drawn per second of generation, of late",
        "tokens",
        engine::tokensPerSecond);
    gauge(
        CACHE_TOKENS,
        "2: tokens whose keys and values are held for answers that are being made",
        "tokens",
        () -> engine.cacheUse().tokens());
    gauge(
        CACHE_CAPACITY,
        "2: most tokens whose keys and values can be held",
        "tokens",
        () -> engine.cacheUse().capacity());
    FunctionCounter.builder(PROMPT_TOKENS_REUSED, engine, e -> (double) e.cacheUse().reusedTokens())
        .description("2: tokens of prompts that did not have to be read again")
        .baseUnit("tokens")
        .register(registry);
    gauge(VERSION, "8: the version served", null, () -> engine.served().number());
  }

  /** Reports from now on what a loop over the prompts does. */
  public void watchLoop(IntSupplier inFlight, LongSupplier lag) {
    gauge(
        PROMPTS_IN_FLIGHT,
        "3: prompts that are being answered, scored, or wait to be published",
        "prompts",
        inFlight::getAsInt);
    gauge(PROMPTS_LAG, "1: prompts that nobody has begun", "prompts", lag::getAsLong);
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
      counter(ANSWERS, "2: answers that ended", "answers")
          .tag(REASON, lowerCase(sample.finish()))
          .register(registry)
          .increment();
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
    Timer.builder(REQUESTS)
        .description("2: gRPC requests, from arrival to answer")
        .tag(CODE, code)
        .register(registry)
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  /** Counts an answered HTTP request. */
  public void httpAnswered(String route, int status, long nanos) {
    Timer.builder(HTTP_REQUESTS)
        .description("2: HTTP requests, from arrival to the last byte of the answer")
        .tag(ROUTE, route)
        .tag(CODE, Integer.toString(status))
        .register(registry)
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
    counter(ROLLOUTS, "3: rollouts committed", "rollouts")
        .tag(STATUS, statusName(status))
        .register(registry)
        .increment();
  }

  /** Counts a committed dead letter. */
  public void deadLetter(String topic) {
    counter(DEAD_LETTERS, "4: dead letters committed", "records")
        .tag(TOPIC, topic)
        .register(registry)
        .increment();
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
    Timer.builder(CALLS)
        .description("4: calls to another service, retries included")
        .tag(SERVICE, service)
        .register(registry)
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  /** Counts a call that is tried again. */
  public void retried(String service) {
    counter(CALL_RETRIES, "4: calls tried again", "calls")
        .tag(SERVICE, service)
        .register(registry)
        .increment();
  }

  /** Counts a completion that lacks a value. */
  public void missing(String service, Status status) {
    counter(MISSING_VALUES, "4: completions that lack a score or log-probabilities", "completions")
        .tag(SERVICE, service)
        .tag(REASON, statusName(status))
        .register(registry)
        .increment();
  }

  /** Counts a prompt that begins under a version. */
  public void began(long served, long required, long waitedNanos) {
    versionAhead.record(served - required);
    versionWait.record(waitedNanos, TimeUnit.NANOSECONDS);
  }

  /** Counts an exchange of the weights. */
  public void swapped(long nanos) {
    swaps.record(nanos, TimeUnit.NANOSECONDS);
  }

  /** Counts announced weights that were refused. */
  public void swapRefused(String reason) {
    counter(SWAP_REFUSALS, "8: announced weights that were refused", "versions")
        .tag(REASON, reason)
        .register(registry)
        .increment();
  }

  private static String statusName(Status status) {
    return lowerCase(status).replaceFirst("^status_", "");
  }

  private static String lowerCase(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
