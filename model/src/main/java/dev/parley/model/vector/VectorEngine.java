package dev.parley.model.vector;

import ai.djl.ndarray.NDManager;
import dev.parley.model.LanguageModel;
import dev.parley.model.decoder.DecoderShape;
import dev.parley.model.decoder.Network;
import dev.parley.model.decoding.DecodeEngine;
import dev.parley.model.decoding.Draw;
import dev.parley.model.decoding.Drawn;
import dev.parley.model.decoding.Feed;
import dev.parley.model.decoding.WeightFormat;
import dev.parley.model.torchscript.Libtorch;
import dev.parley.model.torchscript.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Decoding on the processor's vector units, in Java ({@code jdk.incubator.vector}). It holds the
 * weights a second time, packed as decoding reads them fastest, in the format asked for.
 */
public final class VectorEngine implements DecodeEngine {

  private final LanguageModel model;
  private final WeightFormat format;
  private final VectorWeights weights;
  private final PagedCache cache;
  private final Crew crew;
  private final VectorDecoder decoder;
  private final NDManager manager;
  private final int maxRows;
  private int rows;

  /** Empty if the model's own precision is none that Java reads. */
  private Optional<Tables> tables;

  /** The tables of tokens and of positions. */
  private record Tables(EmbeddingTable tokens, EmbeddingTable positions) {

    /** Returns what {@link dev.parley.model.decoder.Decoder#embed} would. */
    float[] embed(DecoderShape shape, long[] ids, long[] places) {
      float[] embedded = new float[ids.length * shape.hidden()];
      for (int n = 0; n < ids.length; n++) {
        int at = n * shape.hidden();
        tokens.add((int) ids[n], (float) shape.embeddingFactor(), embedded, at);
        if (!positions.isEmpty()) {
          positions.add((int) places[n], 1, embedded, at);
        }
      }
      return embedded;
    }
  }

  /**
   * Packs a model's weights.
   *
   * @param model predicts tokens, on the CPU
   * @param format in which to keep its matrices
   * @param maxRows most rows at a time
   * @param maxTokens most tokens whose keys and values are held
   * @param threads that work on a step
   * @throws IllegalStateException if this JVM cannot compute with vectors ({@link
   *     VectorUnit#missing})
   */
  public VectorEngine(
      LanguageModel model, WeightFormat format, int maxRows, int maxTokens, int threads) {
    VectorUnit.missing()
        .ifPresent(
            what -> {
              throw new IllegalStateException("there are no vector operations: " + what);
            });
    this.model = model;
    this.format = format;
    this.maxRows = maxRows;
    this.crew = new Crew(threads);
    this.weights = new VectorWeights(model.network(), format, crew);
    this.cache = new PagedCache(model.shape(), PagedCache.pages(maxTokens, maxRows));
    this.decoder = new VectorDecoder(model.shape(), weights, crew);
    this.manager = Libtorch.manager(model.options().device());
    lookAtTables();
  }

  private void lookAtTables() {
    Network network = model.network();
    tables =
        model.options().precision() == Precision.FLOAT32
            ? Optional.of(
                new Tables(
                    new EmbeddingTable(network.tokenTable()),
                    new EmbeddingTable(network.positionTable())))
            : Optional.empty();
  }

  /**
   * Returns how much of Java's heap an engine comes to need.
   *
   * @param shape of the decoder
   * @param format in which to keep its matrices
   * @param maxRows most rows at a time
   * @param maxTokens most tokens whose keys and values are held
   */
  public static long heapBytes(
      DecoderShape shape, WeightFormat format, int maxRows, int maxTokens) {
    long pages = PagedCache.pages(maxTokens, maxRows);
    return VectorWeights.bytes(shape, format) + pages * Page.bytes(shape);
  }

  @Override
  public Optional<Row> open(int[] prompt, int room) {
    if (rows == maxRows) {
      return Optional.empty();
    }
    Optional<Row> row = cache.open(prompt, room).map(opened -> opened);
    row.ifPresent(opened -> rows++);
    return row;
  }

  @Override
  public void adopt(Row row, Row other, int length) {
    cache.adopt((PagedRow) row, (PagedRow) other, length);
  }

  @Override
  public List<Drawn> step(List<Feed> feeds) {
    int count = feeds.stream().mapToInt(feed -> feed.tokens().length).sum();
    PagedRow[] rows = new PagedRow[count];
    long[] ids = new long[count];
    long[] positions = new long[count];
    List<Integer> drawAfter = new ArrayList<>();
    List<Draw> draws = new ArrayList<>();
    int next = 0;
    for (Feed feed : feeds) {
      PagedRow row = (PagedRow) feed.row();
      cache.prepare(row, feed.tokens().length);
      for (int i = 0; i < feed.tokens().length; i++) {
        rows[next] = row;
        ids[next] = feed.tokens()[i];
        positions[next++] = row.length() + i;
      }
      if (feed.draw().isPresent()) {
        drawAfter.add(next - 1);
        draws.add(feed.draw().get());
      }
    }
    List<Drawn> drawn =
        decoder.step(
            new VectorDecoder.Tokens(
                embed(ids, positions),
                rows,
                Arrays.stream(positions).mapToInt(Math::toIntExact).toArray(),
                drawAfter.stream().mapToInt(Integer::intValue).toArray(),
                draws));
    for (Feed feed : feeds) {
      cache.read((PagedRow) feed.row(), feed.tokens());
    }
    return drawn;
  }

  private float[] embed(long[] ids, long[] positions) {
    if (tables.isPresent()) {
      return tables.get().embed(model.shape(), ids, positions);
    }
    try (NDManager scope = manager.newSubManager()) {
      return model.decoder().embed(scope, ids, positions, model.network().body()).toFloatArray();
    }
  }

  @Override
  public void release(Row row) {
    cache.release((PagedRow) row);
    rows--;
  }

  @Override
  public void weightsReplaced() {
    // First: the old tables' memory is freed, whatever becomes of the packing.
    lookAtTables();
    weights.read();
    cache.forgetPrefixes();
  }

  @Override
  public String description() {
    return "vector (%d lanes, %d threads, %s, %d MB of packed weights)"
        .formatted(Lanes.COUNT, crew.members(), format, weights.bytes() / 1_000_000);
  }

  @Override
  public Use use() {
    return new Use(cache.tokensInUse(), cache.capacity(), cache.reusedTokens());
  }

  @Override
  public void close() {
    crew.close();
    manager.close();
  }
}
