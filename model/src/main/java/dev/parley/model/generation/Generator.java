package dev.parley.model.generation;

import dev.parley.model.LanguageModel;
import dev.parley.model.decoding.DecodeEngine;
import dev.parley.model.decoding.Drawn;
import dev.parley.model.decoding.Feed;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Generates many sequences at once: they join and leave between decode steps, whatever their
 * lengths (continuous batching, as in Orca, Yu et al. 2022).
 *
 * <p>A step reads one token of each sequence that is being generated, and beside them some tokens
 * of prompts (chunked prefill, as in Sarathi, Agrawal et al. 2023). Sequences with the same prompt
 * read it once. Not thread safe: one thread owns it. {@link Sequence#cancel} may be called from
 * any.
 */
public final class Generator implements AutoCloseable {

  /** Most tokens of prompts in a step in which nobody decodes. */
  private static final int LARGEST_CHUNK = 512;

  /** A shorter prompt is read again rather than waited for. */
  private static final int LEAST_SHARED = 16;

  private final LanguageModel model;
  private final GeneratorOptions options;
  private final DecodeEngine engine;
  private final Deque<Sequence> waiting = new ArrayDeque<>();
  private final List<Sequence> active = new ArrayList<>();
  private long weightsEpoch;

  /**
   * Prepares a generator with the usual engine.
   *
   * @param model predicts tokens. Its weights may be replaced between steps
   * @param maxRows most sequences that are active at once
   * @param maxCacheTokens most positions whose keys and values are held in all
   */
  public Generator(LanguageModel model, int maxRows, int maxCacheTokens) {
    this(model, GeneratorOptions.of(maxRows, maxCacheTokens));
  }

  /**
   * Prepares a generator.
   *
   * @param model predicts tokens. Its weights may be replaced between steps
   * @param options how to work
   * @throws IllegalArgumentException if the model predicts no tokens, or does not allow the options
   */
  public Generator(LanguageModel model, GeneratorOptions options) {
    this(model, options, options::open);
  }

  /**
   * Prepares a generator with an engine of the caller's.
   *
   * @param model predicts tokens. Its weights may be replaced between steps
   * @param options how many rows and tokens
   * @param engines makes the engine, which the generator closes
   * @throws IllegalArgumentException if the model predicts no tokens
   */
  public Generator(
      LanguageModel model,
      GeneratorOptions options,
      Function<? super LanguageModel, ? extends DecodeEngine> engines) {
    if (!model.heads().language()) {
      throw new IllegalArgumentException(model.architecture() + " predicts no tokens");
    }
    if (model.adapter().isPresent()) {
      throw new IllegalArgumentException(
          "a generator reads plain weights: merge the adapter first");
    }
    this.model = model;
    this.options = options;
    this.engine = engines.apply(model);
  }

  /** Returns the engine as logs name it. */
  public String description() {
    return engine.description();
  }

  /** Returns how much room of the engine is in use. */
  public DecodeEngine.Use use() {
    return engine.use();
  }

  /**
   * Returns how long a sequence may become, prompt included: the model's longest sequence, or the
   * whole cache if that is smaller.
   */
  public int longestSequence() {
    return Math.min(model.shape().maxPositions(), options.maxCacheTokens());
  }

  /**
   * Puts a sequence in line.
   *
   * @param sequence the sequence
   * @throws IllegalArgumentException if its prompt leaves no room for a token, or if it holds a
   *     token or stops at one that the model does not have
   */
  public void submit(Sequence sequence) {
    if (sequence.promptLength() >= longestSequence()) {
      throw new IllegalArgumentException(
          "the prompt has "
              + sequence.promptLength()
              + " tokens, expected fewer than "
              + longestSequence());
    }
    for (int token : sequence.prompt()) {
      requireKnown("the prompt holds token ", token);
    }
    for (int token : sequence.options().stopTokens()) {
      requireKnown("the stop tokens hold token ", token);
    }
    waiting.add(sequence);
  }

  private void requireKnown(String found, int token) {
    int vocabulary = model.shape().vocabulary();
    if (token < 0 || token >= vocabulary) {
      throw new IllegalArgumentException(
          found + token + ", the vocabulary has " + vocabulary + " tokens");
    }
  }

  /**
   * Says that the model's weights were replaced. Active sequences go on with the keys and values
   * that the old weights made; a prompt that comes from now on is read anew.
   */
  public void weightsReplaced() {
    weightsEpoch++;
    engine.weightsReplaced();
  }

  /** Returns how many sequences are being generated. */
  public int active() {
    return active.size();
  }

  /** Returns how many sequences are in line. */
  public int waiting() {
    return waiting.size();
  }

  /**
   * Admits waiting sequences, reads some tokens of prompts that are new, and draws a token for
   * every active sequence whose prompt has been read.
   *
   * @return false if there was nothing to do
   */
  public boolean step() {
    dropCancelled();
    admit();
    if (active.isEmpty()) {
      return false;
    }
    List<Sequence> drawing = new ArrayList<>();
    List<Drawn> drawn = engine.step(feeds(drawing));
    for (int i = 0; i < drawing.size(); i++) {
      Drawn token = drawn.get(i);
      drawing.get(i).append(token.token(), token.samplingLogProb(), token.modelLogProb());
    }
    for (Sequence sequence : drawing) {
      Optional<FinishReason> asked = sequence.listener().onToken(sequence);
      asked.or(() -> finished(sequence)).ifPresent(reason -> finish(sequence, reason));
    }
    return true;
  }

  /** Decides what is read in a step; those sequences that get a token are added to a list. */
  private List<Feed> feeds(List<Sequence> drawing) {
    List<Feed> feeds = new ArrayList<>();
    List<Sequence> reading = new ArrayList<>();
    for (Sequence sequence : active) {
      if (sequence.promptLeft() > 1) {
        reading.add(sequence);
      } else {
        int[] next = {sequence.nextInput()};
        feeds.add(new Feed(sequence.row(), next, Optional.of(sequence.draw())));
        drawing.add(sequence);
      }
    }
    int budget = feeds.isEmpty() ? LARGEST_CHUNK : options.chunkTokens();
    for (Sequence sequence : reading) {
      if (budget > 0 && !sequence.follows()) {
        int count = Math.min(budget, sequence.promptLeft());
        int from = sequence.row().length();
        int[] chunk = Arrays.copyOfRange(sequence.prompt(), from, from + count);
        boolean whole = count == sequence.promptLeft();
        feeds.add(
            new Feed(
                sequence.row(), chunk, whole ? Optional.of(sequence.draw()) : Optional.empty()));
        if (whole) {
          drawing.add(sequence);
        }
        budget -= count;
      }
    }
    return feeds;
  }

  private Optional<FinishReason> finished(Sequence sequence) {
    if (sequence.options().stopTokens().contains(sequence.lastToken())) {
      return Optional.of(FinishReason.STOP_TOKEN);
    }
    boolean full = sequence.promptLength() + sequence.length() >= longestSequence();
    if (full || sequence.length() == sequence.options().maxNewTokens()) {
      return Optional.of(FinishReason.LENGTH);
    }
    return Optional.empty();
  }

  private void dropCancelled() {
    for (Sequence sequence : List.copyOf(waiting)) {
      if (sequence.cancelled()) {
        waiting.remove(sequence);
        sequence.listener().onFinish(sequence, FinishReason.ABORTED);
      }
    }
    for (Sequence sequence : List.copyOf(active)) {
      if (sequence.cancelled()) {
        finish(sequence, FinishReason.ABORTED);
      }
    }
  }

  private void finish(Sequence sequence, FinishReason reason) {
    active.remove(sequence);
    engine.release(sequence.row());
    sequence.listener().onFinish(sequence, reason);
  }

  /** Takes sequences from the line, in order, as long as rows and cache have room. */
  private void admit() {
    active.forEach(this::takeFromLeader);
    while (!waiting.isEmpty() && active.size() < options.maxRows()) {
      Sequence next = waiting.peek();
      int room = next.promptLength() + next.options().maxNewTokens();
      Optional<DecodeEngine.Row> row =
          engine.open(next.prompt(), Math.min(room, longestSequence()));
      if (row.isEmpty()) {
        break;
      }
      next.admit(row.get(), weightsEpoch, leader(next));
      takeFromLeader(next);
      active.add(waiting.remove());
    }
  }

  /** Returns an active sequence whose prompt is the same and has been, or is being, read. */
  private Optional<Sequence> leader(Sequence sequence) {
    if (sequence.promptLength() < LEAST_SHARED) {
      return Optional.empty();
    }
    return active.stream()
        .filter(other -> other.epoch() == weightsEpoch && other.samePrompt(sequence))
        .findFirst();
  }

  /** Spares a sequence the reading of a prompt that another one has read by now. */
  private void takeFromLeader(Sequence sequence) {
    sequence
        .leader()
        .ifPresent(
            leader -> {
              int wanted = sequence.promptLength() - 1;
              boolean there = active.contains(leader) && leader.epoch() == weightsEpoch;
              if (there && leader.row().length() < wanted) {
                return;
              }
              if (there && sequence.row().length() < wanted) {
                engine.adopt(sequence.row(), leader.row(), wanted);
              }
              sequence.unfollow();
            });
  }

  /**
   * Ends everything that is active or waiting.
   *
   * <p>Listeners hear {@link FinishReason#ABORTED}.
   */
  public void abortAll() {
    active.forEach(Sequence::cancel);
    waiting.forEach(Sequence::cancel);
    dropCancelled();
  }

  @Override
  public void close() {
    engine.close();
  }
}
