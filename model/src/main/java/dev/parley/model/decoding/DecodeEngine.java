package dev.parley.model.decoding;

import java.util.List;
import java.util.Optional;

/**
 * Reads tokens into rows of keys and values, and draws the tokens that follow: what generation does
 * over and over. One thread owns an engine.
 *
 * <p>Whatever is read together, in whatever pieces, a row's numbers are the same.
 */
public interface DecodeEngine extends AutoCloseable {

  /** One sequence's keys and values. */
  interface Row {
    /** Returns how many tokens have been read. */
    int length();
  }

  /**
   * Makes room for a sequence. Where the beginning of its prompt has been read before with the same
   * weights and is still there, it need not be read again: the row's length says so. At least the
   * prompt's last token is left to read.
   *
   * @param prompt the sequence's first tokens
   * @param room how many tokens it may come to in all
   * @return the row; empty if there is no room now
   */
  Optional<Row> open(int[] prompt, int room);

  /**
   * Gives a row what another has read with the same weights.
   *
   * @param row begins with the same tokens, of which it has read fewer
   * @param other the other row
   * @param length how many of them to take
   */
  void adopt(Row row, Row other, int length);

  /**
   * Reads tokens and draws.
   *
   * @param feeds at most one per row
   * @return for each feed that asks for one, the token drawn, in their order
   */
  List<Drawn> step(List<Feed> feeds);

  /**
   * Gives a row's room back.
   *
   * @param row not to be used any more
   */
  void release(Row row);

  /**
   * Says that the model's weights were replaced. Rows go on with the keys and values that the old
   * weights made; nothing else uses these any more.
   */
  void weightsReplaced();

  /** Returns the engine as logs name it. */
  String description();

  /** Returns how many tokens' keys and values are in use, and how many there may be. */
  Use use();

  /**
   * How much of an engine's room is in use.
   *
   * @param tokens whose keys and values are held for open rows, whole pages or rows counted
   * @param capacity most that can be held
   * @param reusedTokens tokens of prompts that were not read again, since the engine began
   */
  record Use(long tokens, long capacity, long reusedTokens) {}

  @Override
  void close();
}
