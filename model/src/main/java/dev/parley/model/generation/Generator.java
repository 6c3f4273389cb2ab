package dev.parley.model.generation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.parley.model.LanguageModel;
import dev.parley.model.decoder.ColumnWeights;
import dev.parley.model.decoder.KeyValueCache;
import dev.parley.model.decoder.Network;
import dev.parley.model.decoder.TokenBatch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Generates many sequences at once: they join and leave between decode steps, whatever their
 * lengths (continuous batching, as in Orca, Yu et al. 2022).
 *
 * <p>Active sequences hold the first rows of the key/value cache; when one ends, the last row moves
 * into its place. Sequences that begin with the same prompt read it once. Not thread safe: one
 * thread owns it. {@link Sequence#cancel} may be called from any.
 */
public final class Generator implements AutoCloseable {

  private final LanguageModel model;
  private final ColumnWeights columns;
  private final int maxRows;
  private final int maxCacheTokens;
  private final NDManager manager;
  private final Deque<Sequence> waiting = new ArrayDeque<>();
  private final List<Sequence> active = new ArrayList<>();
  private KeyValueCache cache;
  private long weightsEpoch;

  /**
   * Prepares a generator. The cache is allocated when the first sequence comes.
   *
   * @param model predicts tokens. Its weights may be replaced between steps
   * @param maxRows most sequences that are active at once
   * @param maxCacheTokens most positions that the cache may hold in all
   */
  public Generator(LanguageModel model, int maxRows, int maxCacheTokens) {
    if (!model.heads().language()) {
      throw new IllegalArgumentException(model.architecture() + " predicts no tokens");
    }
    if (model.adapter().isPresent()) {
      throw new IllegalArgumentException(
          "a generator reads plain weights: merge the adapter first");
    }
    if (maxRows < 1 || maxCacheTokens < 2) {
      throw new IllegalArgumentException(
          "a generator needs a row and two cache tokens, got " + maxRows + ", " + maxCacheTokens);
    }
    this.model = model;
    this.columns = new ColumnWeights(model.network(), model.options());
    this.maxRows = maxRows;
    this.maxCacheTokens = maxCacheTokens;
    this.manager = NDManager.newBaseManager(model.options().device(), "PyTorch");
  }

  /**
   * Returns how long a sequence may become, prompt included: the model's longest sequence, or the
   * whole cache if that is smaller.
   */
  public int longestSequence() {
    return Math.min(model.shape().maxPositions(), maxCacheTokens);
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
    columns.replaced();
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
   * Admits waiting sequences and draws one token for every active one.
   *
   * @return false if there was nothing to do
   */
  public boolean step() {
    dropCancelled();
    admit();
    if (active.isEmpty()) {
      return false;
    }
    Sampler.Drawn drawn = decode();
    List<Sequence> drawnFor = List.copyOf(active);
    for (int row = 0; row < drawnFor.size(); row++) {
      Sequence sequence = drawnFor.get(row);
      sequence.append(
          (int) drawn.tokens()[row], drawn.samplingLogProbs()[row], drawn.modelLogProbs()[row]);
    }
    for (Sequence sequence : drawnFor) {
      Optional<FinishReason> asked = sequence.listener().onToken(sequence);
      asked.or(() -> finished(sequence)).ifPresent(reason -> finish(sequence, reason));
    }
    return true;
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

  private Sampler.Drawn decode() {
    long[] tokens = new long[active.size()];
    long[] positions = new long[active.size()];
    List<Sampler.Row> rows = new ArrayList<>();
    for (int row = 0; row < active.size(); row++) {
      tokens[row] = active.get(row).nextInput();
      positions[row] = active.get(row).nextPosition();
      rows.add(active.get(row).row());
    }
    Network network = columns.network(active.size());
    try (NDManager scope = manager.newSubManager()) {
      NDArray hidden = model.decoder().step(scope, tokens, positions, network.body(), cache);
      NDArray logits = model.decoder().logits(scope, hidden, network);
      return Sampler.draw(scope, logits, rows);
    }
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
    int row = active.indexOf(sequence);
    int last = active.size() - 1;
    if (row != last) {
      Sequence moved = active.get(last);
      clearUnlessFinite(sequence, row);
      cache.copyRow(last, row, moved.nextPosition());
      active.set(row, moved);
    }
    clearUnlessFinite(active.remove(last), last);
    sequence.listener().onFinish(sequence, reason);
  }

  /** What a sequence without numbers leaves in its row would reach the next one there. */
  private void clearUnlessFinite(Sequence leaving, int row) {
    if (!leaving.finite()) {
      cache.clearRow(row);
    }
  }

  /** Takes sequences from the line, in order, as long as rows and cache have room. */
  private void admit() {
    List<Sequence> admitted = new ArrayList<>();
    int span = cache == null ? 0 : cache.span();
    while (!waiting.isEmpty()) {
      Sequence next = waiting.peek();
      int rows = active.size() + admitted.size() + 1;
      int needed = Math.max(span, Math.min(room(next), longestSequence()));
      if (rows > maxRows || (long) rows * needed > maxCacheTokens && rows > 1) {
        break;
      }
      span = needed;
      admitted.add(waiting.remove());
    }
    if (!admitted.isEmpty()) {
      ensureCache(active.size() + admitted.size(), span);
      prefill(admitted);
    }
  }

  private static int room(Sequence sequence) {
    return sequence.promptLength() + sequence.options().maxNewTokens();
  }

  /** Replaces the cache by a larger one if it cannot hold the rows, keeping what it holds. */
  private void ensureCache(int rows, int span) {
    if (cache != null && cache.span() >= span && cache.rows() >= rows) {
      return;
    }
    int roomForRows = Math.max(rows, Math.min(maxRows, maxCacheTokens / span));
    KeyValueCache larger = new KeyValueCache(model.shape(), model.options(), roomForRows, span);
    if (cache != null) {
      for (int row = 0; row < active.size(); row++) {
        larger.takeRow(cache, row, active.get(row).nextPosition());
      }
      cache.close();
    }
    cache = larger;
  }

  private void prefill(List<Sequence> admitted) {
    List<int[]> prefixes = new ArrayList<>();
    List<Integer> rows = new ArrayList<>();
    Map<Integer, Integer> copies = new HashMap<>();
    for (Sequence sequence : admitted) {
      int row = active.size();
      int twin = rowWithSamePrompt(sequence);
      sequence.readInEpoch(weightsEpoch);
      active.add(sequence);
      if (sequence.promptLength() == 1) {
        continue;
      }
      if (twin >= 0) {
        copies.put(row, twin);
      } else {
        prefixes.add(sequence.prefix());
        rows.add(row);
      }
    }
    if (!prefixes.isEmpty()) {
      try (NDManager scope = manager.newSubManager()) {
        int[] cacheRows = rows.stream().mapToInt(Integer::intValue).toArray();
        TokenBatch batch = TokenBatch.of(prefixes);
        model.decoder().prefill(scope, batch, model.network().body(), cache, cacheRows);
      }
    }
    copies.forEach((row, twin) -> cache.copyRow(twin, row, active.get(row).promptLength() - 1));
  }

  private int rowWithSamePrompt(Sequence sequence) {
    for (int row = 0; row < active.size(); row++) {
      Sequence other = active.get(row);
      if (other.readInEpoch() == weightsEpoch && other.samePrompt(sequence)) {
        return row;
      }
    }
    return -1;
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
    if (cache != null) {
      cache.close();
    }
    columns.close();
    manager.close();
  }
}
