package dev.parley.policy.rollout;

import dev.parley.policy.PolicyMetrics;
import dev.parley.policy.generation.EngineClosedException;
import dev.parley.policy.generation.GeneratedGroup;
import dev.parley.policy.generation.GenerationEngine;
import dev.parley.policy.generation.GenerationJob;
import dev.parley.policy.generation.JobPlanner;
import dev.parley.policy.generation.QueueFullException;
import dev.parley.policy.prompt.EncodedPrompt;
import dev.parley.policy.prompt.PromptEncoder;
import dev.parley.proto.prompt.v1.Prompt;
import dev.parley.proto.rollout.v1.Completion;
import dev.parley.proto.rollout.v1.Rollout;
import dev.parley.proto.rollout.v1.Score;
import dev.parley.proto.rollout.v1.Status;
import io.grpc.Context;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jboss.logging.MDC;

/**
 * Makes rollouts: a prompt becomes tokens, the engine answers, the answers are scored and looked at
 * by the reference model at the same time, and all of it becomes one record.
 */
final class RolloutMaker implements RolloutStarter {

  private static final Logger LOG = Logger.getLogger(RolloutMaker.class);

  /** Hears prompts and answers; off unless its level is set to DEBUG by name. */
  private static final Logger TEXTS = Logger.getLogger("parley.texts");

  private final PromptEncoder encoder;
  private final JobPlanner planner;
  private final GenerationEngine engine;
  private final Optional<ScoreClient> rewards;
  private final Optional<ReferenceClient> references;
  private final Executor executor;
  private final PolicyMetrics metrics;

  /**
   * Prepares.
   *
   * @param encoder makes tokens
   * @param planner checks what is asked
   * @param engine answers
   * @param rewards scores, if there is a reward service
   * @param references gives reference log-probabilities, if there is a reference service
   * @param executor runs the calls, which block: two threads per prompt in flight
   * @param metrics hears what is missing
   */
  RolloutMaker(
      PromptEncoder encoder,
      JobPlanner planner,
      GenerationEngine engine,
      Optional<ScoreClient> rewards,
      Optional<ReferenceClient> references,
      Executor executor,
      PolicyMetrics metrics) {
    this.encoder = encoder;
    this.planner = planner;
    this.engine = engine;
    this.rewards = rewards;
    this.references = references;
    this.executor = executor;
    this.metrics = metrics;
  }

  @Override
  public RolloutInProgress start(Prompt prompt, long arrivedNanos) throws QueueFullException {
    EncodedPrompt encoded = encoder.encode(prompt);
    GenerationJob job =
        planner.plan(
            encoded.tokens(),
            prompt.getGroupSize(),
            "group_size",
            prompt.getSampling(),
            GenerationJob.NO_TOKEN_LISTENER);
    InProgress inProgress = new InProgress(prompt, encoded, job, arrivedNanos);
    engine.submit(job);
    job.result().whenComplete(inProgress::generated);
    return inProgress;
  }

  /** One prompt on its way. */
  private final class InProgress implements RolloutInProgress {

    private final Prompt prompt;
    private final EncodedPrompt encoded;
    private final GenerationJob job;
    private final long arrivedNanos;
    // Ends the calls to other services when the prompt is given up.
    private final Context.CancellableContext calls = Context.ROOT.withCancellation();
    private final CompletableFuture<Rollout> result = new CompletableFuture<>();
    private final RolloutTrace trace;

    InProgress(Prompt prompt, EncodedPrompt encoded, GenerationJob job, long arrivedNanos) {
      this.prompt = prompt;
      this.encoded = encoded;
      this.job = job;
      this.arrivedNanos = arrivedNanos;
      this.trace = RolloutTrace.begin(prompt, arrivedNanos);
      job.askedIn(trace.context());
    }

    @Override
    public CompletableFuture<Rollout> result() {
      return result;
    }

    @Override
    public void cancel() {
      if (result.completeExceptionally(new CancellationException("the prompt was given up"))) {
        trace.giveUp();
      }
      job.cancel();
      calls.cancel(null);
    }

    private void generated(GeneratedGroup group, Throwable failure) {
      if (failure instanceof CancellationException || failure instanceof EngineClosedException) {
        giveUp(failure);
      } else if (failure != null) {
        fail("generation failed: " + failure);
      } else {
        trace.generated(group);
        inquire(group);
      }
    }

    private void inquire(GeneratedGroup group) {
      try {
        CompletableFuture<Timed<List<Score>>> scores = asynchronously(group, this::scores);
        CompletableFuture<Timed<Optional<ReferenceResult>>> reference =
            asynchronously(group, this::reference);
        scores
            .thenCombine(reference, (scored, seen) -> rollout(group, scored, seen))
            .whenComplete(this::inquired);
      } catch (RejectedExecutionException e) {
        giveUp(e);
      }
    }

    private void inquired(Rollout rollout, Throwable problem) {
      if (problem == null) {
        complete(rollout);
      } else if (problem.getCause() instanceof InterruptedException) {
        giveUp(problem);
      } else {
        trace.inside(
            () ->
                LOG.errorf(problem, "Prompt %s could not be made a rollout", prompt.getPromptId()));
        fail("no rollout could be made: " + problem);
      }
    }

    /** A prompt that was given back would fail again, for ever: a failure is a result too. */
    private void fail(String error) {
      complete(RolloutRecords.unanswered(prompt, Status.STATUS_FAILED, error).build());
    }

    /** The span ends first: who sees the rollout may look for its trace. */
    private void complete(Rollout rollout) {
      String traceparent = trace.traceparent();
      Rollout traced =
          rollout.getTraceparent().equals(traceparent)
              ? rollout
              : rollout.toBuilder().setTraceparent(traceparent).build();
      trace.end(traced);
      if (TEXTS.isDebugEnabled()) {
        trace.inside(() -> traced.getCompletionsList().forEach(this::logTexts));
      }
      result.complete(traced);
      calls.cancel(null);
    }

    private void logTexts(Completion answer) {
      TEXTS.debugf(
          "Prompt %s: %s; answer %d: %s",
          prompt.getPromptId(),
          encoded.text().orElse("(tokens)"),
          answer.getSampleIndex(),
          answer.getText());
    }

    private void giveUp(Throwable reason) {
      if (result.completeExceptionally(reason)) {
        trace.giveUp();
      }
      calls.cancel(null);
    }

    private <T> CompletableFuture<Timed<T>> asynchronously(
        GeneratedGroup group, Inquiry<T> inquiry) {
      return CompletableFuture.supplyAsync(
          () -> {
            Context outside = calls.attach();
            MDC.put("version", engine.served().number());
            try {
              T value = inquiry.ask(group);
              return new Timed<>(value, System.nanoTime() - group.endNanos());
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
              throw new CompletionException(e);
            } finally {
              calls.detach(outside);
            }
          },
          executor);
    }

    private List<Score> scores(GeneratedGroup group) throws InterruptedException {
      if (rewards.isEmpty()) {
        return List.of();
      }
      try (RolloutTrace.Call call = trace.call(ScoreClient.SERVICE)) {
        List<Score> scores =
            rewards.get().score(prompt, encoded, group.samples(), call.traceparent());
        countMissing(ScoreClient.SERVICE, call, scores.stream().map(Score::getStatus));
        return scores;
      }
    }

    private void countMissing(String service, RolloutTrace.Call call, Stream<Status> statuses) {
      // What was given up is not missing: whoever takes the prompt over asks again.
      if (!calls.isCancelled()) {
        statuses
            .filter(status -> status != Status.STATUS_OK)
            .forEach(
                status -> {
                  metrics.missing(service, status);
                  call.missing(status.name());
                });
      }
    }

    private Optional<ReferenceResult> reference(GeneratedGroup group) throws InterruptedException {
      if (references.isEmpty()) {
        return Optional.empty();
      }
      double temperature = job.plan().options().temperature();
      try (RolloutTrace.Call call = trace.call(ReferenceClient.SERVICE)) {
        ReferenceResult seen =
            references
                .get()
                .logProbs(
                    encoded.tokens(),
                    group.samples(),
                    temperature == 0 ? 1 : temperature,
                    call.traceparent());
        countMissing(
            ReferenceClient.SERVICE, call, seen.rows().stream().map(ReferenceResult.Row::status));
        return Optional.of(seen);
      }
    }

    private Rollout rollout(
        GeneratedGroup group, Timed<List<Score>> scores, Timed<Optional<ReferenceResult>> seen) {
      RolloutRecords.Parts parts =
          new RolloutRecords.Parts(
              prompt, encoded, job.plan().effective(), group, scores.value(), seen.value());
      return RolloutRecords.rollout(parts)
          .setTimings(
              RolloutRecords.timings(
                  arrivedNanos,
                  group,
                  rewards.isPresent() ? scores.nanos() : 0,
                  references.isPresent() ? seen.nanos() : 0))
          .build();
    }
  }

  /** A question to another service. */
  private interface Inquiry<T> {
    T ask(GeneratedGroup group) throws InterruptedException;
  }

  /**
   * An answer with the time that it took.
   *
   * @param nanos since the end of generation
   */
  private record Timed<T>(T value, long nanos) {}
}
