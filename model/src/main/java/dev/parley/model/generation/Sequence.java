package dev.parley.model.generation;

import dev.parley.model.decoding.DecodeEngine;
import dev.parley.model.decoding.Draw;
import java.util.Arrays;
import java.util.List;
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
  private DecodeEngine.Row row;
  private long epoch;
  private Optional<Sequence> leader = Optional.empty();
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

  /**
   * Notes that the sequence has a row.
   *
   * @param newRow its keys and values
   * @param newEpoch counts the weights that begin to read it
   * @param newLeader another sequence that reads the same prompt, if there is one
   */
  void admit(DecodeEngine.Row newRow, long newEpoch, Optional<Sequence> newLeader) {
    row = newRow;
    epoch = newEpoch;
    leader = newLeader;
  }

  DecodeEngine.Row row() {
    return row;
  }

  /** Returns which weights began to read the prompt. */
  long epoch() {
    return epoch;
  }

  /** Returns whether it waits for another sequence to read the prompt. */
  boolean follows() {
    return leader.isPresent();
  }

  Optional<Sequence> leader() {
    return leader;
  }

  void unfollow() {
    leader = Optional.empty();
  }

  int[] prompt() {
    return prompt;
  }

  boolean samePrompt(Sequence other) {
    return Arrays.equals(prompt, other.prompt);
  }

  /** Returns how many tokens of the prompt have not been read. */
  int promptLeft() {
    return Math.max(0, prompt.length - row.length());
  }

  /** Returns the token that is read before the next one is drawn. */
  int nextInput() {
    return count == 0 ? prompt[prompt.length - 1] : tokens[count - 1];
  }

  /** Returns how the next token is drawn; each call takes another random number. */
  Draw draw() {
    List<Integer> banned =
        count < options.minNewTokens() ? List.copyOf(options.stopTokens()) : List.of();
    return new Draw(
        options.temperature(), options.topK(), options.topP(), banned, random.nextDouble());
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
