package dev.parley.model.text;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongFunction;

/**
 * Text to token ids and back, exactly as the Hugging Face tokenizer of a model does it. Many
 * threads may share one.
 *
 * <p>It calls the native library below DJL's HuggingFaceTokenizer. That class reports to DJL's
 * telemetry when it opens a file, cuts texts at 512 tokens unless told otherwise and pads them;
 * here no text is cut or padded, whatever {@code tokenizer.json} says, and nothing uses the
 * network.
 */
public final class Tokenizer implements AutoCloseable {
  private static final TokenizersLibrary NATIVE = TokenizersLibrary.LIB;

  private final Vocabulary vocabulary;
  private final SpecialTokens specialTokens;
  private final TokenDecoder.Factory decoder;
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private long handle;

  private Tokenizer(
      Vocabulary vocabulary,
      SpecialTokens specialTokens,
      TokenDecoder.Factory decoder,
      long handle) {
    this.vocabulary = vocabulary;
    this.specialTokens = specialTokens;
    this.decoder = decoder;
    this.handle = handle;
  }

  /**
   * Opens the tokenizer of a model.
   *
   * @param directory a Hugging Face model directory with {@code tokenizer.json} and {@code
   *     tokenizer_config.json}
   * @throws ModelTextException if a file is missing or broken, or names a special token that the
   *     vocabulary lacks
   */
  public static Tokenizer open(Path directory) {
    Path file = directory.resolve("tokenizer.json");
    String json = ModelFile.readText(file, "to turn text into tokens");
    Vocabulary vocabulary = Vocabulary.read(file, json);
    SpecialTokens specialTokens = SpecialTokens.read(directory);
    for (Map.Entry<String, String> token : specialTokens.byName().entrySet()) {
      if (vocabulary.id(token.getValue()) == null) {
        throw new ModelTextException(
            directory.resolve("tokenizer_config.json")
                + ": "
                + token.getKey()
                + " is '"
                + token.getValue()
                + "', which tokenizer.json does not have; set it to one of its added_tokens, or to"
                + " null");
      }
    }
    TokenDecoder.Factory decoder = TokenDecoder.factory(file, vocabulary.decoder());
    loadLibrary();
    long handle;
    try {
      handle = NATIVE.createTokenizerFromString(json);
    } catch (RuntimeException e) {
      throw ModelFile.broken(file, e.getMessage(), e);
    }
    NATIVE.disableTruncation(handle);
    NATIVE.disablePadding(handle);
    return new Tokenizer(vocabulary, specialTokens, decoder, handle);
  }

  /** DJL would download a CUDA build of the library on a machine with a GPU; ask for the CPU's. */
  private static synchronized void loadLibrary() {
    String flavor = System.getProperty("RUST_FLAVOR");
    try {
      System.setProperty("RUST_FLAVOR", "cpu");
      LibUtils.checkStatus();
    } catch (EngineException e) {
      throw new ModelTextException(
          "the native tokenizer library of DJL does not load on this machine ("
              + System.getProperty("os.name")
              + ", "
              + System.getProperty("os.arch")
              + "); it needs a writable cache directory, see DJL_CACHE_DIR",
          e);
    } finally {
      if (flavor == null) {
        System.clearProperty("RUST_FLAVOR");
      } else {
        System.setProperty("RUST_FLAVOR", flavor);
      }
    }
  }

  /**
   * The tokens of a text. A special token that is written in the text becomes its id.
   *
   * @param addSpecialTokens whether to add what the model expects around a text, such as BOS
   * @throws IllegalArgumentException if the text has half of a surrogate pair
   */
  public Encoding encode(String text, boolean addSpecialTokens) {
    requireWellFormed(text);
    return withHandle(
        tokenizer -> {
          long encoding = NATIVE.encode(tokenizer, text, addSpecialTokens);
          try {
            return encoding(NATIVE.getTokenIds(encoding), NATIVE.getTokenCharSpans(encoding));
          } finally {
            NATIVE.deleteEncoding(encoding);
          }
        });
  }

  private Encoding encoding(long[] tokenIds, CharSpan[] spans) {
    int[] ids = new int[tokenIds.length];
    List<String> tokens = new ArrayList<>(ids.length);
    List<Span> offsets = new ArrayList<>(ids.length);
    for (int i = 0; i < ids.length; i++) {
      ids[i] = (int) tokenIds[i];
      tokens.add(vocabulary.token(ids[i]));
      CharSpan span = spans[i];
      offsets.add(span == null ? new Span(0, 0) : new Span(span.getStart(), span.getEnd()));
    }
    return new Encoding(ids, tokens, offsets);
  }

  private static void requireWellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!Character.isSurrogate(text.charAt(i))) {
        continue;
      }
      if (i + 1 == text.length()
          || !Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1))) {
        throw new IllegalArgumentException(
            "the text has half of a surrogate pair at index " + i + ", which is no character");
      }
      i++;
    }
  }

  /**
   * The text of tokens, without any clean-up of spaces. Ids that no token has are left out, since a
   * model's embedding may have more rows than its tokenizer has tokens.
   *
   * @param ids token ids, {@code [tokens]}
   * @param skipSpecialTokens whether to leave out special tokens
   */
  public String decode(int[] ids, boolean skipSpecialTokens) {
    long[] tokenIds = new long[ids.length];
    for (int i = 0; i < ids.length; i++) {
      tokenIds[i] = ids[i];
    }
    return withHandle(tokenizer -> NATIVE.decode(tokenizer, tokenIds, skipSpecialTokens));
  }

  /**
   * The same as {@link #decode}, token by token.
   *
   * @param stopStrings texts that end the stream when they appear in it; none may be empty
   */
  public TextStream stream(List<String> stopStrings, boolean skipSpecialTokens) {
    return new TextStream(vocabulary, decoder.create(), stopStrings, skipSpecialTokens);
  }

  /** The number of tokens, with those that were added to the model's own. */
  public int vocabularySize() {
    return vocabulary.size();
  }

  /** The token as the vocabulary spells it; empty if no token has this id. */
  public Optional<String> token(int id) {
    return Optional.ofNullable(vocabulary.token(id));
  }

  /** The id of a token; empty if there is no such token. */
  public OptionalInt id(String token) {
    Integer id = vocabulary.id(token);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  public SpecialTokens specialTokens() {
    return specialTokens;
  }

  public OptionalInt bosId() {
    return idOf(specialTokens.bos());
  }

  public OptionalInt eosId() {
    return idOf(specialTokens.eos());
  }

  public OptionalInt padId() {
    return idOf(specialTokens.pad());
  }

  public OptionalInt unkId() {
    return idOf(specialTokens.unk());
  }

  private OptionalInt idOf(Optional<String> token) {
    return token.isPresent() ? id(token.get()) : OptionalInt.empty();
  }

  /** Every token that {@link #decode} leaves out when it skips special tokens. */
  Set<String> skippedTokens() {
    return vocabulary.special();
  }

  private <T> T withHandle(LongFunction<T> action) {
    lock.readLock().lock();
    try {
      if (handle == 0) {
        throw new IllegalStateException("the tokenizer is closed");
      }
      return action.apply(handle);
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Frees the native memory, once calls in other threads have ended. */
  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      if (handle != 0) {
        NATIVE.deleteTokenizer(handle);
        handle = 0;
      }
    } finally {
      lock.writeLock().unlock();
    }
  }
}
