package dev.parley.model.generation;

import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;

/** One sequence that is being generated: a prompt and the tokens drawn after it. */
public final class Sequence {

  /** Hears about each token, on the thread that steps the generator. */
  public interface Listener {

    /**
     * A token was drawn.
     *
     * @param sequence the sequence, which holds the token already
     * @return a reason to end the sequence here, or empty to go on
     */
    Optional<FinishReason> onToken(Sequence sequence);

    /**
     * The sequence ended.
     *
     * @param sequence the sequence
     * @param reason why
     */
    void onFinish(Sequence sequence, FinishReason reason);
  }

  private final int[] prompt;
  private final SamplingOptions options;
  private final Listener listener;
  private final SplittableRandom random;
  private int[] tokens;
  private float[] samplingLogProbs;
  private float[] modelLogProbs;
  private int count;
  private long readInEpoch;
  private boolean finite = true;
  private volatile boolean cancelled;

  /**
   * Prepares a sequence.
   *
   * @param prompt token ids, at least one
   * @param options how to draw; its seed is this sequence's own
   * @param listener hears about each token
   */
  public Sequence(int[] prompt, SamplingOptions options, Listener listener) {
    if (prompt.length == 0) {
      throw new IllegalArgumentException("the prompt has no tokens, expected at least one");
    }
    this.prompt = prompt.clone();
    this.options = options;
    this.listener = listener;
    this.random = new SplittableRandom(options.seed());
    int room = Math.min(options.maxNewTokens(), 64);
    this.tokens = new int[room];
    this.samplingLogProbs = new float[room];
    this.modelLogProbs = new float[room];
  }

  /** Returns how tokens are drawn. */
  public SamplingOptions options() {
    return options;
  }

  /** Returns the number of tokens of the prompt. */
  public int promptLength() {
    return prompt.length;
  }

  /** Returns the number of tokens drawn. */
  public int length() {
    return count;
  }

  /** Returns the token drawn last. */
  public int lastToken() {
    return tokens[count - 1];
  }

  /** Returns the tokens drawn, stop token included. */
  public int[] tokens() {
    return Arrays.copyOf(tokens, count);
  }

  /**
   * Returns each token's log-probability (nats) under the distribution drawn from: after
   * temperature, top-k and top-p.
   */
  public float[] samplingLogProbs() {
    return Arrays.copyOf(samplingLogProbs, count);
  }

  /** Returns each token's log-probability (nats) under the untempered model. */
  public float[] modelLogProbs() {
    return Arrays.copyOf(modelLogProbs, count);
  }

  /**
   * Returns whether all log-probabilities so far are finite numbers. If not, the tokens from the
   * first other one on mean nothing.
   */
  public boolean finite() {
    return finite;
  }

  /** Asks for the sequence to end at the next step. May be called from any thread. */
  public void cancel() {
    cancelled = true;
  }

  boolean cancelled() {
    return cancelled;
  }

  Listener listener() {
    return listener;
  }

  /** Returns which weights read the prompt. */
  long readInEpoch() {
    return readInEpoch;
  }

  void readInEpoch(long epoch) {
    readInEpoch = epoch;
  }

  int[] prompt() {
    return prompt;
  }

  /** Returns the tokens that are read before the first one is drawn, without the prompt's last. */
  int[] prefix() {
    return Arrays.copyOf(prompt, prompt.length - 1);
  }

  boolean samePrompt(Sequence other) {
    return Arrays.equals(prompt, other.prompt);
  }

  /** Returns the token that the next step reads. */
  int nextInput() {
    return count == 0 ? prompt[prompt.length - 1] : tokens[count - 1];
  }

  /** Returns the position of that token. */
  int nextPosition() {
    return prompt.length + count - 1;
  }

  Sampler.Row row() {
    return new Sampler.Row(options, random.nextDouble(), count < options.minNewTokens());
  }

  void append(int token, float samplingLogProb, float modelLogProb) {
    if (count == tokens.length) {
      int room = Math.min(options.maxNewTokens(), 2 * count);
      tokens = Arrays.copyOf(tokens, room);
      samplingLogProbs = Arrays.copyOf(samplingLogProbs, room);
      modelLogProbs = Arrays.copyOf(modelLogProbs, room);
    }
    finite &= Float.isFinite(samplingLogProb) && Float.isFinite(modelLogProb);
    tokens[count] = token;
    samplingLogProbs[count] = samplingLogProb;
    modelLogProbs[count++] = modelLogProb;
  }
}
