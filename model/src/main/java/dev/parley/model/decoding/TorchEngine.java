package dev.parley.model.decoding;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.parley.model.LanguageModel;
import dev.parley.model.decoder.ColumnWeights;
import dev.parley.model.decoder.KeyValueCache;
import dev.parley.model.decoder.Network;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.torchscript.Libtorch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Decoding with the decoder's TorchScript programs: on any device, in the model's own precision.
 *
 * <p>Open rows hold the first rows of the key/value cache; when one is released, the last moves
 * into its place. A row that is not open any more keeps what it read until another sequence takes
 * it, so that a prompt that begins alike need not be read again.
 */
public final class TorchEngine implements DecodeEngine {

  /** A shorter beginning is read again rather than copied. */
  private static final int LEAST_COMMON = 16;

  private final LanguageModel model;
  private final ColumnWeights columns;
  private final int maxRows;
  private final int maxTokens;
  private final NDManager manager;
  private final List<CacheRow> open = new ArrayList<>();

  /** What each row of the cache holds. */
  private final List<Content> contents = new ArrayList<>();

  private KeyValueCache cache;
  private long epoch;
  private long reusedTokens;

  /**
   * Tokens that were read into a row of the cache.
   *
   * @param tokens the tokens
   * @param epoch counts the weights that read them
   */
  private record Content(int[] tokens, long epoch) {
    private static final Content NONE = new Content(new int[0], -1);

    int common(int[] prompt) {
      int longest = Math.min(tokens.length, prompt.length - 1);
      int mismatch = Arrays.mismatch(tokens, 0, longest, prompt, 0, longest);
      return mismatch < 0 ? longest : mismatch;
    }
  }

  private static final class CacheRow implements Row {
    private final long epoch;
    private int index;
    private int[] tokens;

    /** Whether its tokens are known to give numbers: false until the first one is drawn. */
    private boolean finite;

    private boolean drawn;

    CacheRow(int index, long epoch, int[] tokens) {
      this.index = index;
      this.epoch = epoch;
      this.tokens = tokens;
    }

    @Override
    public int length() {
      return tokens.length;
    }

    void drew(Drawn token) {
      boolean numbers = Float.isFinite(token.modelLogProb());
      finite = numbers && (finite || !drawn);
      drawn = true;
    }

    void read(int[] more) {
      int before = tokens.length;
      tokens = Arrays.copyOf(tokens, before + more.length);
      System.arraycopy(more, 0, tokens, before, more.length);
    }
  }

  /**
   * Prepares an engine. The cache is allocated when the first sequence comes.
   *
   * @param model predicts tokens. Its weights may be replaced between steps
   * @param maxRows most rows that are open at once
   * @param maxTokens most positions that the cache may hold in all
   */
  public TorchEngine(LanguageModel model, int maxRows, int maxTokens) {
    this.model = model;
    this.columns = new ColumnWeights(model.network(), model.options());
    this.maxRows = maxRows;
    this.maxTokens = maxTokens;
    this.manager = Libtorch.manager(model.options().device());
  }

  @Override
  public Optional<Row> open(int[] prompt, int room) {
    int rows = open.size() + 1;
    int span = Math.max(cache == null ? 0 : cache.span(), room);
    if (rows > maxRows || (long) rows * span > maxTokens && rows > 1) {
      return Optional.empty();
    }
    ensureCache(rows, span);
    CacheRow row = new CacheRow(open.size(), epoch, new int[0]);
    open.add(row);
    int best = -1;
    int common = LEAST_COMMON - 1;
    for (int i = 0; i < contents.size(); i++) {
      if (contents.get(i).epoch() == epoch && contents.get(i).common(prompt) > common) {
        best = i;
        common = contents.get(i).common(prompt);
      }
    }
    if (best >= 0) {
      take(row, best, Arrays.copyOf(prompt, common));
    }
    note(row);
    return Optional.of(row);
  }

  private void take(CacheRow row, int source, int[] tokens) {
    if (source != row.index) {
      cache.copyRow(source, row.index, tokens.length);
    }
    reusedTokens += tokens.length - row.length();
    row.tokens = tokens;
  }

  private void note(CacheRow row) {
    contents.set(row.index, row.finite ? new Content(row.tokens, row.epoch) : Content.NONE);
  }

  /** Replaces the cache by a larger one if it cannot hold the rows, keeping what open rows read. */
  private void ensureCache(int rows, int span) {
    if (cache != null && cache.span() >= span && cache.rows() >= rows) {
      return;
    }
    int roomForRows = Math.max(rows, Math.min(maxRows, maxTokens / span));
    KeyValueCache larger = new KeyValueCache(model.shape(), model.options(), roomForRows, span);
    if (cache != null) {
      open.forEach(row -> larger.takeRow(cache, row.index, row.length()));
      cache.close();
    }
    cache = larger;
    contents.clear();
    IntStream.range(0, roomForRows).forEach(i -> contents.add(Content.NONE));
    open.forEach(this::note);
  }

  @Override
  public void adopt(Row row, Row other, int length) {
    CacheRow from = (CacheRow) other;
    take((CacheRow) row, from.index, Arrays.copyOf(from.tokens, length));
    note((CacheRow) row);
  }

  @Override
  public List<Drawn> step(List<Feed> feeds) {
    read(feeds);
    List<Feed> drawing = feeds.stream().filter(feed -> feed.draw().isPresent()).toList();
    List<Drawn> drawn = drawing.isEmpty() ? List.of() : decode(drawing);
    for (int i = 0; i < drawing.size(); i++) {
      ((CacheRow) drawing.get(i).row()).drew(drawn.get(i));
    }
    for (Feed feed : feeds) {
      CacheRow row = (CacheRow) feed.row();
      row.read(feed.tokens());
      note(row);
    }
    return drawn;
  }

  /** Reads all tokens but those after which one is drawn. */
  private void read(List<Feed> feeds) {
    List<int[]> beginnings = new ArrayList<>();
    List<Integer> rows = new ArrayList<>();
    for (Feed feed : feeds) {
      CacheRow row = (CacheRow) feed.row();
      int count = feed.tokens().length - (feed.draw().isPresent() ? 1 : 0);
      int[] tokens = Arrays.copyOf(feed.tokens(), count);
      if (count > 0 && row.length() == 0) {
        beginnings.add(tokens);
        rows.add(row.index);
      } else if (count > 0) {
        model.decoder().extend(tokens, row.length(), model.network().body(), cache, row.index);
      }
    }
    if (!beginnings.isEmpty()) {
      try (NDManager scope = manager.newSubManager()) {
        int[] cacheRows = rows.stream().mapToInt(Integer::intValue).toArray();
        TokenBatch batch = TokenBatch.of(beginnings);
        model.decoder().prefill(scope, batch, model.network().body(), cache, cacheRows);
      }
    }
  }

  private List<Drawn> decode(List<Feed> feeds) {
    int size = feeds.size();
    long[] tokens = new long[size];
    long[] positions = new long[size];
    long[] rows = new long[size];
    for (int i = 0; i < size; i++) {
      CacheRow row = (CacheRow) feeds.get(i).row();
      int[] fed = feeds.get(i).tokens();
      tokens[i] = fed[fed.length - 1];
      positions[i] = row.length() + fed.length - 1;
      rows[i] = row.index;
    }
    Network network = columns.network(size);
    try (NDManager scope = manager.newSubManager()) {
      NDArray hidden = model.decoder().step(scope, tokens, positions, rows, network.body(), cache);
      NDArray logits = model.decoder().logits(scope, hidden, network);
      return TorchSampler.draw(
          scope, logits, feeds.stream().map(feed -> feed.draw().orElseThrow()).toList());
    }
  }

  @Override
  public void release(Row released) {
    CacheRow row = (CacheRow) released;
    CacheRow last = open.remove(open.size() - 1);
    clearUnlessFinite(row, row.index);
    if (last != row) {
      int place = last.index;
      cache.copyRow(place, row.index, last.length());
      open.set(row.index, last);
      last.index = row.index;
      note(last);
      clearUnlessFinite(last, place);
    }
  }

  /** What a sequence without numbers leaves in its row would reach the next one there. */
  private void clearUnlessFinite(CacheRow leaving, int index) {
    if (!leaving.finite) {
      cache.clearRow(index);
      contents.set(index, Content.NONE);
    }
  }

  @Override
  public void weightsReplaced() {
    epoch++;
    columns.replaced();
  }

  @Override
  public String description() {
    return "torch (%s, %s)".formatted(model.options().deviceName(), model.options().precision());
  }

  @Override
  public Use use() {
    long used = cache == null ? 0 : (long) open.size() * cache.span();
    return new Use(used, maxTokens, reusedTokens);
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
