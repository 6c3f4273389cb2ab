package dev.parley.model.text;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tokens to text, one token at a time: the section {@code decoder} of {@code tokenizer.json} as a
 * chain of stages, each of which passes on what can no longer change. The pieces together are what
 * the native library makes of all tokens at once.
 */
final class TokenDecoder {
  /** Makes decoders of one tokenizer, each for one sequence of tokens. */
  interface Factory {
    /**
     * @throws ModelTextException if the tokenizer's decoder cannot work token by token
     */
    TokenDecoder create();
  }

  private interface Stage {
    void accept(String token, Consumer<String> next);

    default void end(Consumer<String> next) {}
  }

  private static final String SUPPORTED =
      "ByteLevel, Metaspace, Replace with a plain string, ByteFallback, Fuse, Strip and Sequences of"
          + " these";

  private final List<Stage> stages;

  private TokenDecoder(List<Stage> stages) {
    this.stages = stages;
  }

  /** Text that became final with this token. */
  String accept(String token) {
    StringBuilder text = new StringBuilder();
    from(0, text).accept(token);
    return text.toString();
  }

  /** Text that was held back, once there are no more tokens. */
  String end() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < stages.size(); i++) {
      stages.get(i).end(from(i + 1, text));
    }
    return text.toString();
  }

  private Consumer<String> from(int stage, StringBuilder text) {
    if (stage == stages.size()) {
      return text::append;
    }
    Consumer<String> next = from(stage + 1, text);
    return token -> stages.get(stage).accept(token, next);
  }

  // ---- reading the section ---------------------------------------------------------------------

  /**
   * Plans the chain. What cannot work token by token is reported when a decoder is asked for, since
   * a tokenizer is of use without one.
   */
  static Factory factory(Path file, JsonElement section) {
    if (section.isJsonNull()) {
      return () -> new TokenDecoder(List.of(new Spaced()));
    }
    List<Supplier<Stage>> plan = new ArrayList<>();
    try {
      plan(section.getAsJsonObject(), plan, new boolean[1]);
    } catch (UnsupportedOperationException e) {
      return () -> {
        throw new ModelTextException(
            file
                + ": text cannot be streamed with the decoder '"
                + e.getMessage()
                + "'; supported are "
                + SUPPORTED,
            e);
      };
    } catch (IllegalStateException | NullPointerException | ClassCastException e) {
      throw ModelFile.broken(file, "its decoder is not understood: " + section, e);
    }
    return () -> {
      List<Stage> stages = new ArrayList<>();
      plan.forEach(stage -> stages.add(stage.get()));
      return new TokenDecoder(stages);
    };
  }

  /**
   * @param fused whether the stages so far make one token of all
   */
  private static void plan(JsonObject section, List<Supplier<Stage>> plan, boolean[] fused) {
    String type = section.get("type").getAsString();
    boolean perToken = List.of("ByteFallback", "Metaspace", "ByteLevel").contains(type);
    if (perToken && fused[0]) {
      throw new UnsupportedOperationException(type + " after Fuse");
    }
    switch (type) {
      case "Sequence" ->
          section
              .getAsJsonArray("decoders")
              .forEach(decoder -> plan(decoder.getAsJsonObject(), plan, fused));
      case "Replace" -> {
        JsonElement pattern = section.getAsJsonObject("pattern").get("String");
        if (pattern == null) {
          throw new UnsupportedOperationException("Replace with a regular expression");
        }
        if (fused[0] && pattern.getAsString().length() > 1) {
          throw new UnsupportedOperationException("Replace of several characters after Fuse");
        }
        String content = section.get("content").getAsString();
        plan.add(() -> (token, next) -> next.accept(token.replace(pattern.getAsString(), content)));
      }
      case "ByteFallback" -> plan.add(ByteFallback::new);
      case "Fuse" -> fused[0] = true;
      case "Strip" -> {
        int content = section.get("content").getAsString().codePointAt(0);
        int start = section.get("start").getAsInt();
        int stop = section.get("stop").getAsInt();
        boolean once = fused[0];
        plan.add(() -> once ? new StripOnce(content, start, stop) : strip(content, start, stop));
      }
      case "Metaspace" -> {
        String replacement = section.get("replacement").getAsString();
        JsonElement scheme = section.get("prepend_scheme");
        JsonElement old = section.get("add_prefix_space");
        boolean prepended =
            scheme != null
                ? !scheme.getAsString().equals("never")
                : old == null || old.getAsBoolean();
        plan.add(() -> new Metaspace(replacement, prepended));
      }
      case "ByteLevel" -> {
        plan.add(ByteLevel::new);
        fused[0] = true;
      }
      default -> throw new UnsupportedOperationException(type);
    }
  }

  // ---- stages --------------------------------------------------------------------------------

  /** Without a decoder, tokens are words. */
  private static final class Spaced implements Stage {
    private boolean any;

    @Override
    public void accept(String token, Consumer<String> next) {
      next.accept(any ? " " + token : token);
      any = true;
    }
  }

  /** SentencePiece: a mark stands for a space; the first token's stands for the text's start. */
  private static final class Metaspace implements Stage {
    private final String mark;
    private final boolean prepended;
    private boolean any;

    Metaspace(String mark, boolean prepended) {
      this.mark = mark;
      this.prepended = prepended;
    }

    @Override
    public void accept(String token, Consumer<String> next) {
      next.accept(token.replace(mark, any || !prepended ? " " : ""));
      any = true;
    }
  }

  /**
   * Tokens such as {@code <0xF0>} are bytes. A run of them is text if all of it is UTF-8, and else
   * one replacement character for each byte, so nothing is final before the run ends.
   */
  private static final class ByteFallback implements Stage {
    private static final Pattern BYTE = Pattern.compile("<0x([0-9A-Fa-f]{2})>");

    private final ByteArrayOutputStream run = new ByteArrayOutputStream();

    @Override
    public void accept(String token, Consumer<String> next) {
      Matcher matcher = BYTE.matcher(token);
      if (matcher.matches()) {
        run.write(Integer.parseInt(matcher.group(1), 16));
      } else {
        end(next);
        next.accept(token);
      }
    }

    @Override
    public void end(Consumer<String> next) {
      if (run.size() > 0) {
        next.accept(text());
        run.reset();
      }
    }

    private String text() {
      try {
        return StandardCharsets.UTF_8
            .newDecoder()
            .decode(ByteBuffer.wrap(run.toByteArray()))
            .toString();
      } catch (CharacterCodingException e) {
        return "\ufffd".repeat(run.size());
      }
    }
  }

  private static Stage strip(int content, int start, int stop) {
    return (token, next) -> {
      StripOnce once = new StripOnce(content, start, stop);
      once.accept(token, next);
      once.end(next);
    };
  }

  /** Takes a character off the start of the text, and off its end, a limited number of times. */
  private static final class StripOnce implements Stage {
    private final int content;
    private final int stop;
    private int start;
    private int held;

    StripOnce(int content, int start, int stop) {
      this.content = content;
      this.start = start;
      this.stop = stop;
    }

    @Override
    public void accept(String token, Consumer<String> next) {
      StringBuilder passed = new StringBuilder();
      token
          .codePoints()
          .forEach(
              c -> {
                if (c == content && start > 0) {
                  start--;
                } else if (c == content && stop > 0) {
                  hold(passed);
                } else {
                  release(passed);
                  passed.appendCodePoint(c);
                }
                start = c == content ? start : 0;
              });
      next.accept(passed.toString());
    }

    /** The last {@code stop} of a run may be the end of the text. */
    private void hold(StringBuilder passed) {
      if (held == stop) {
        passed.appendCodePoint(content);
      } else {
        held++;
      }
    }

    private void release(StringBuilder passed) {
      for (; held > 0; held--) {
        passed.appendCodePoint(content);
      }
    }
  }

  /** GPT-2's alphabet of 256 printable characters, each of which is one byte of UTF-8. */
  private static final class ByteLevel implements Stage {
    private static final Map<Integer, Integer> BYTES = bytes();

    private final Utf8 utf8 = new Utf8();

    /**
     * The printable bytes of Latin-1 stand for themselves; the others, in order, for the characters
     * from U+0100 on (Radford et al. 2019, encoder.py, bytes_to_unicode).
     */
    private static Map<Integer, Integer> bytes() {
      Map<Integer, Integer> bytes = new HashMap<>();
      int next = 0x100;
      for (int value = 0; value < 0x100; value++) {
        boolean printable =
            value >= '!' && value <= '~' || value >= 0xa1 && value <= 0xff && value != 0xad;
        bytes.put(printable ? value : next++, value);
      }
      return bytes;
    }

    @Override
    public void accept(String token, Consumer<String> next) {
      StringBuilder text = new StringBuilder();
      if (token.codePoints().allMatch(BYTES::containsKey)) {
        token.codePoints().forEach(c -> utf8.accept(BYTES.get(c), text));
      } else {
        for (byte value : token.getBytes(StandardCharsets.UTF_8)) {
          utf8.accept(value & 0xff, text);
        }
      }
      next.accept(text.toString());
    }

    @Override
    public void end(Consumer<String> next) {
      StringBuilder text = new StringBuilder();
      utf8.end(text);
      next.accept(text.toString());
    }
  }

  /**
   * UTF-8 byte by byte. Each longest invalid part becomes one replacement character (The Unicode
   * Standard, section 3.9, "Substitution of Maximal Subparts"), as in Rust's from_utf8_lossy.
   */
  private static final class Utf8 {
    private static final char REPLACEMENT = '\ufffd';

    private int missing;
    private int codePoint;

    /** The range that the next byte must be in; narrower after some first bytes (table 3-7). */
    private int lowest;

    private int highest;

    void accept(int value, StringBuilder text) {
      if (missing > 0 && (value < lowest || value > highest)) {
        text.append(REPLACEMENT);
        missing = 0;
      }
      if (missing == 0) {
        begin(value, text);
        return;
      }
      codePoint = codePoint << 6 | value & 0x3f;
      lowest = 0x80;
      highest = 0xbf;
      if (--missing == 0) {
        text.appendCodePoint(codePoint);
      }
    }

    private void begin(int value, StringBuilder text) {
      lowest = value == 0xe0 ? 0xa0 : value == 0xf0 ? 0x90 : 0x80;
      highest = value == 0xed ? 0x9f : value == 0xf4 ? 0x8f : 0xbf;
      if (value < 0x80) {
        text.append((char) value);
      } else if (value >= 0xc2 && value <= 0xdf) {
        missing = 1;
        codePoint = value & 0x1f;
      } else if (value >= 0xe0 && value <= 0xef) {
        missing = 2;
        codePoint = value & 0x0f;
      } else if (value >= 0xf0 && value <= 0xf4) {
        missing = 3;
        codePoint = value & 0x07;
      } else {
        text.append(REPLACEMENT);
      }
    }

    void end(StringBuilder text) {
      if (missing > 0) {
        text.append(REPLACEMENT);
        missing = 0;
      }
    }
  }
}
