package dev.parley.policy.generation;

import dev.parley.model.generation.FinishReason;
import dev.parley.model.generation.SamplingOptions;
import dev.parley.model.generation.Sequence;
import dev.parley.model.text.Tokenizer;
import dev.parley.policy.serving.ServedVersion;
import io.opentelemetry.context.Context;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** One request on its way through the engine: a prompt and the answers that grow after it. */
public final class GenerationJob {

  /** For callers that wait for the whole answers. */
  public static final Consumer<DrawnToken> NO_TOKEN_LISTENER = token -> {};

  private final int[] prompt;
  private final SamplingPlan plan;
  private final Consumer<DrawnToken> listener;
  private final List<Answer> answers = new ArrayList<>();
  private final CompletableFuture<GeneratedGroup> result = new CompletableFuture<>();
  private volatile boolean cancelled;
  private volatile Context asker = Context.current();
  private Host host;
  private long startNanos;
  private int unfinished;

  /**
   * Prepares a request.
   *
   * @param prompt token ids, at least one
   * @param samples how many answers
   * @param plan how to draw them
   * @param tokenizer makes text of the answers, if the model has one
   * @param listener hears each token on the engine's thread, which it must not hold up
   */
  public GenerationJob(
      int[] prompt,
      int samples,
      SamplingPlan plan,
      Optional<Tokenizer> tokenizer,
      Consumer<DrawnToken> listener) {
    if (samples < 1) {
      throw new IllegalArgumentException("samples is " + samples + ", expected 1 or more");
    }
    this.prompt = prompt.clone();
    this.plan = plan;
    this.listener = listener;
    this.unfinished = samples;
    for (int index = 0; index < samples; index++) {
      answers.add(new Answer(index, new AnswerText(tokenizer, plan.stopStrings())));
    }
  }

  /**
   * Returns the answers to come. Fails with {@link CancellationException} after {@link #cancel},
   * with {@link EngineClosedException} if the engine shut down, with {@link NotFiniteException} if
   * the weights gave no distribution, with anything else if the engine broke.
   */
  public CompletableFuture<GeneratedGroup> result() {
    return result;
  }

  /** Says in which trace it is asked, if that is not the one of the thread that makes this. */
  public void askedIn(Context trace) {
    asker = trace;
  }

  /** Does something whose measurements are to name the asker's trace. */
  void insideTrace(Runnable work) {
    asker.wrap(work).run();
  }

  /** Gives the answers up: they leave the engine at its next step. */
  public void cancel() {
    cancelled = true;
    endWith(new CancellationException("the request was cancelled"));
  }

  private void endWith(Exception cause) {
    answers.forEach(answer -> answer.sequence.cancel());
    result.completeExceptionally(cause);
  }

  /** Returns how the answers are drawn. */
  public SamplingPlan plan() {
    return plan;
  }

  boolean cancelled() {
    return cancelled;
  }

  int[] prompt() {
    return prompt;
  }

  int samples() {
    return answers.size();
  }

  /** What a running request asks of its engine, on the engine's thread. */
  interface Host {

    /** Returns which weights draw at this moment. */
    ServedVersion served();

    /** Returns how long a prompt with its answer may become. */
    int longestSequence();

    /** A token was drawn. */
    void tokenDrawn();

    /** A request fails, since a log-probability is not finite. */
    void notFinite(NotFiniteException failure);
  }

  /** Returns what the generator is to run from now on. Called on the engine's thread. */
  List<Sequence> start(Host engine) {
    host = engine;
    startNanos = System.nanoTime();
    return answers.stream().map(answer -> answer.sequence).toList();
  }

  void fail(Throwable cause) {
    result.completeExceptionally(cause);
  }

  private void answerEnded(FinishReason reason) {
    unfinished--;
    if (reason != FinishReason.ABORTED && unfinished == 0) {
      List<GeneratedSample> samples = answers.stream().map(Answer::toSample).toList();
      result.complete(new GeneratedGroup(samples, startNanos, System.nanoTime()));
    }
  }

  /** One answer. All but the creation happens on the engine's thread. */
  private final class Answer implements Sequence.Listener {

    private final int index;
    private final AnswerText answerText;
    private final Sequence sequence;
    private final List<VersionSpan> versions = new ArrayList<>();
    private FinishReason finish;

    Answer(int index, AnswerText answerText) {
      this.index = index;
      this.answerText = answerText;
      this.sequence = new Sequence(prompt, plan.forSample(index), this);
    }

    @Override
    public Optional<FinishReason> onToken(Sequence drawn) {
      host.tokenDrawn();
      ServedVersion version = host.served();
      if (!drawn.finite()) {
        failUnlessFailed(drawn, version);
        return Optional.of(FinishReason.ABORTED);
      }
      if (versions.isEmpty() || !versions.get(versions.size() - 1).version().equals(version)) {
        versions.add(new VersionSpan(drawn.length() - 1, version));
      }
      int before = answerText.length();
      Optional<FinishReason> reason = read(drawn);
      if (listener != NO_TOKEN_LISTENER) {
        float[] samplingLogProbs = drawn.samplingLogProbs();
        float[] modelLogProbs = drawn.modelLogProbs();
        listener.accept(
            new DrawnToken(
                index,
                drawn.lastToken(),
                samplingLogProbs[samplingLogProbs.length - 1],
                modelLogProbs[modelLogProbs.length - 1],
                answerText.since(before),
                version,
                reason));
      }
      return reason;
    }

    private void failUnlessFailed(Sequence drawn, ServedVersion version) {
      if (result.isDone()) {
        return;
      }
      int token = drawn.length() - 1;
      NotFiniteException failure =
          new NotFiniteException(
              ("token %d of answer %d has the log-probability %s (%s where it was drawn), expected"
                      + " finite numbers from version %s")
                  .formatted(
                      token,
                      index,
                      drawn.modelLogProbs()[token],
                      drawn.samplingLogProbs()[token],
                      version));
      host.notFinite(failure);
      endWith(failure);
    }

    /** Adds the newest token to the text, and says whether it is the last. */
    private Optional<FinishReason> read(Sequence drawn) {
      SamplingOptions options = drawn.options();
      if (options.stopTokens().contains(drawn.lastToken())) {
        answerText.end();
        return Optional.of(FinishReason.STOP_TOKEN);
      }
      if (answerText.add(drawn.lastToken())) {
        return Optional.of(FinishReason.STOP_STRING);
      }
      boolean full = drawn.promptLength() + drawn.length() >= host.longestSequence();
      if (full || drawn.length() == options.maxNewTokens()) {
        // What was held back as the beginning of a character may complete a stop string.
        return Optional.of(answerText.end() ? FinishReason.STOP_STRING : FinishReason.LENGTH);
      }
      return Optional.empty();
    }

    @Override
    public void onFinish(Sequence ended, FinishReason reason) {
      finish = reason;
      answerEnded(reason);
    }

    GeneratedSample toSample() {
      return new GeneratedSample(
          index,
          sequence.tokens(),
          sequence.samplingLogProbs(),
          sequence.modelLogProbs(),
          answerText.soFar(),
          finish,
          sequence.options().seed(),
          versions);
    }
  }
}
