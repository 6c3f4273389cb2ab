package dev.parley.policy.generation;

import dev.parley.model.decoding.DecodeEngine;
import dev.parley.model.decoding.Drawn;
import dev.parley.model.decoding.Feed;
import java.util.List;
import java.util.Optional;

/**
 * An engine that cannot read new weights, and otherwise works as another one does.
 *
 * @param engine the other one
 */
record EngineWithoutNewWeights(DecodeEngine engine) implements DecodeEngine {

  @Override
  public Optional<Row> open(int[] prompt, int room) {
    return engine.open(prompt, room);
  }

  @Override
  public void adopt(Row row, Row other, int length) {
    engine.adopt(row, other, length);
  }

  @Override
  public List<Drawn> step(List<Feed> feeds) {
    return engine.step(feeds);
  }

  @Override
  public void release(Row row) {
    engine.release(row);
  }

  @Override
  public void weightsReplaced() {
    throw new IllegalStateException("unreadable");
  }

  @Override
  public String description() {
    return engine.description();
  }

  @Override
  public Use use() {
    return engine.use();
  }

  @Override
  public void close() {
    engine.close();
  }
}
