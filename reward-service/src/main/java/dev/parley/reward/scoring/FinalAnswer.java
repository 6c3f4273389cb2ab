package dev.parley.reward.scoring;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the final answer in a worked solution. Looked for, in this order:
 *
 * <ol>
 *   <li>the last {@code \boxed{…}} or {@code #### …}, whichever comes later;
 *   <li>what follows the last "the answer is" or "answer:";
 *   <li>the last formula between dollar signs or the last number, whichever comes later.
 * </ol>
 *
 * @param text the answer as it was written
 * @param mark how it was found
 */
record FinalAnswer(String text, Mark mark) {

  /** How an answer is marked, the clearest first. */
  enum Mark {
    /** {@code \boxed{…}}. */
    BOXED,
    /** {@code #### …}, as in GSM8K. */
    HASHES,
    /** "The answer is …". */
    PHRASE,
    /** It is the last thing that may be one. */
    LAST
  }

  /** What is looked at of a longer text: its end, where an answer stands. */
  private static final int WINDOW = 50_000;

  private static final int LONGEST = 1_000;

  private static final Pattern BOX = Pattern.compile("\\\\f?boxed\\s*(?=[{\\w])");
  private static final Pattern PHRASE =
      Pattern.compile(
          "\\b(?:answer|result|solution)\\b[*_]{0,2}\\s{0,3}(?:is|are|was|:|=|equals)[*_]{0,2}\\s{0,3}:?\\s{0,3}",
          Pattern.CASE_INSENSITIVE);

  /** A number with sign, currency, thousands, decimals, exponent, a fraction's rest, percent. */
  private static final Pattern NUMBER =
      Pattern.compile(
          "(?:(?<![\\w.)\\]}])[-−+][$€£¥]?|(?<![\\w.])[$€£¥]?)"
              + "(?:\\d{1,9} \\d{1,9}/\\d+"
              + "|(?:\\d{1,3}(?:,\\d{3})+(?!\\d)|\\d+)(?:\\.\\d+)?|\\.\\d+)"
              + "(?:[eE][-+]?\\d{1,9}(?!\\w))?(?: ?/ ?\\d+)?(?: ?\\\\?%)?");

  private static final Pattern FORMULA =
      Pattern.compile(
          "(?<!\\\\)\\$\\$?((?:[^$\\\\]|\\\\.){1,500})\\$|\\\\[(\\[](.{1,500}?)\\\\[)\\]]",
          Pattern.DOTALL);
  private static final Pattern QUOTED_WORDS =
      Pattern.compile("\\\\(?:text[a-z]*|mathrm|mbox|operatorname|begin|end)\\s*\\{[^{}]*\\}");
  private static final Pattern WORD = Pattern.compile("(?<![\\\\A-Za-z])[A-Za-z]{3,}");
  private static final Pattern SENTENCE_END = Pattern.compile("[.!?](?=\\s|$)|\\n");
  private static final Pattern HEDGE =
      Pattern.compile("^\\s*(?:or|and|to|,|-|/|\\*|\\+|=|\\^|≈)\\s*[\\d$\\\\]");

  /** Finds the final answer of a response; nothing if there is none. */
  static Optional<FinalAnswer> of(String response) {
    String text =
        response.length() <= WINDOW ? response : response.substring(response.length() - WINDOW);
    return marked(text).or(() -> phrase(text)).or(() -> last(text));
  }

  /** Reads a reference: what is boxed or follows ####, or else the whole. */
  static String ofReference(String reference) {
    return marked(reference).map(FinalAnswer::text).orElse(reference.strip());
  }

  private static Optional<FinalAnswer> marked(String text) {
    int hashes = text.lastIndexOf("####");
    // A box that never closes (the answer was cut off) is none; the one before it may be whole.
    Matcher boxes = BOX.matcher(text);
    String boxed = null;
    int place = -1;
    while (boxes.find()) {
      String inside = inside(text, boxes.end());
      if (inside != null && !inside.isBlank()) {
        boxed = inside;
        place = boxes.start();
      }
    }
    if (boxed != null && place > hashes) {
      return Optional.of(new FinalAnswer(boxed, Mark.BOXED));
    }
    if (hashes < 0) {
      return Optional.empty();
    }
    String line = text.substring(hashes + 4).stripLeading();
    return found(line.lines().findFirst().orElse(""), Mark.HASHES);
  }

  /** What stands between a brace and the one that closes it; null if none does. */
  private static String inside(String text, int open) {
    if (text.charAt(open) != '{') {
      return text.substring(open, open + 1);
    }
    int depth = 0;
    int end = Math.min(text.length(), open + LONGEST);
    for (int i = open; i < end; i++) {
      char c = text.charAt(i);
      if (c == '\\') {
        i++;
      } else if (c == '{') {
        depth++;
      } else if (c == '}' && --depth == 0) {
        return text.substring(open + 1, i);
      }
    }
    return null;
  }

  private static Optional<FinalAnswer> phrase(String text) {
    Matcher phrases = PHRASE.matcher(text);
    int end = -1;
    while (phrases.find()) {
      end = phrases.end();
    }
    if (end < 0) {
      return Optional.empty();
    }
    String rest = text.substring(end, Math.min(text.length(), end + LONGEST)).stripLeading();
    Matcher formula = FORMULA.matcher(rest);
    if (formula.lookingAt() && isFormula(formula)) {
      return found(inside(formula), Mark.PHRASE);
    }
    Matcher sentenceEnd = SENTENCE_END.matcher(rest);
    String sentence = sentenceEnd.find() ? rest.substring(0, sentenceEnd.start()) : rest;
    return found(fromSentence(sentence), Mark.PHRASE);
  }

  /**
   * The number that a sentence begins with, or, in words with numbers, the last one, or all of it.
   */
  private static String fromSentence(String sentence) {
    Matcher numbers = NUMBER.matcher(sentence);
    if (numbers.lookingAt()) {
      String rest = sentence.substring(numbers.end());
      boolean goesOn =
          HEDGE.matcher(rest).find() || !rest.isEmpty() && !" ,;*)".contains(rest.substring(0, 1));
      return goesOn ? sentence : numbers.group();
    }
    if (!WORD.matcher(sentence).find()) {
      return sentence;
    }
    return lastNumber(sentence).map(Span::text).orElse(sentence);
  }

  private static Optional<FinalAnswer> last(String text) {
    Matcher formulas = FORMULA.matcher(text);
    Span formula = null;
    while (formulas.find()) {
      if (isFormula(formulas)) {
        formula = new Span(inside(formulas), formulas.end());
      }
    }
    Optional<Span> number = lastNumber(text);
    boolean formulaLater =
        formula != null && (number.isEmpty() || formula.end() >= number.get().end());
    return formulaLater
        ? found(formula.text(), Mark.LAST)
        : number.flatMap(span -> found(span.text(), Mark.LAST));
  }

  /** A piece of a text, and where it ends. */
  private record Span(String text, int end) {}

  private static Optional<Span> lastNumber(String text) {
    Matcher numbers = NUMBER.matcher(text);
    Span last = null;
    while (numbers.find()) {
      last = new Span(numbers.group(), numbers.end());
    }
    return Optional.ofNullable(last);
  }

  /** Between two prices there is text, not a formula. */
  private static boolean isFormula(Matcher formula) {
    String bare = QUOTED_WORDS.matcher(inside(formula)).replaceAll("");
    return !WORD.matcher(bare).find();
  }

  private static String inside(Matcher formula) {
    return formula.group(1) != null ? formula.group(1) : formula.group(2);
  }

  private static Optional<FinalAnswer> found(String text, Mark mark) {
    String answer = text.strip();
    return answer.isEmpty() || answer.length() > LONGEST
        ? Optional.empty()
        : Optional.of(new FinalAnswer(answer, mark));
  }
}
