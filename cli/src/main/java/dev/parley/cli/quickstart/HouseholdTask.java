package dev.parley.cli.quickstart;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A small world of household questions, made so that the true quality of every answer is known.
 *
 * <p>A good answer names the thing asked about and the right means, gives the reason, is polite,
 * and stops. {@link #answer} writes answers of all qualities; {@link #gold} reads any text and says
 * how good it is, from 0 to 1. People and reward models see only texts.
 */
public final class HouseholdTask {

  /** Lowest and highest gold score. */
  public static final double[] GOLD_RANGE = {0, 1};

  private static final double CORE = 0.4;
  private static final double REASON = 0.2;
  private static final double MANNERS = 0.2;
  private static final double BREVITY = 0.2;

  /** What one can do with things, by what means, and why. */
  private enum Deed {
    CLEAN("clean", "warm water", "Warm water takes off the dirt."),
    FIX("fix", "a small wrench", "A small wrench holds the parts."),
    STORE("store", "a dry shelf", "A dry shelf keeps out the damp."),
    CARRY("carry", "a strong bag", "A strong bag takes the weight."),
    PAINT("paint", "a thin brush", "A thin brush reaches the edges."),
    DRY("dry", "a soft towel", "A soft towel leaves no marks.");

    private final String verb;
    private final String means;
    private final String reason;

    Deed(String verb, String means, String reason) {
      this.verb = verb;
      this.means = means;
      this.reason = reason;
    }
  }

  private static final List<String> THINGS =
      List.of(
          "kettle", "lamp", "chair", "bicycle", "mirror", "table", "clock", "basket", "ladder",
          "window", "drawer", "fan", "bucket", "vase", "shelf", "radio", "stool", "tray", "gate",
          "heater", "cup", "pan", "guitar", "helmet");

  private static final List<String> QUESTIONS =
      List.of(
          "How do I %s a %s?",
          "What is the best way to %s a %s?",
          "Please tell me how to %s a %s.",
          "I need to %s a %s. What should I use?");

  private static final List<String> POLITE =
      List.of("Happy to help!", "Good question!", "Glad you asked!");
  private static final List<String> RUDE =
      List.of("Not my problem.", "You should know this.", "What a silly question.");
  private static final List<String> VAGUE =
      List.of("It depends on many things.", "Hard to say.", "There are many ways.");
  private static final List<String> RAMBLING =
      List.of(
          "Anyway, the weather is nice today.",
          "By the way, my uncle likes trains.",
          "I had soup for lunch.",
          "This reminds me of a long story.");

  private static final Pattern SENTENCE = Pattern.compile("[^.!?]*[.!?]|[^.!?]+$");
  private static final Pattern CORE_SENTENCE =
      Pattern.compile("To ([a-z]+) a ([a-z]+), use ([a-z ]+)\\.");
  private static final Pattern QUESTION =
      Pattern.compile("\\b(clean|fix|store|carry|paint|dry) a ([a-z]+)");

  private HouseholdTask() {}

  /** Returns every question: each deed with each thing, asked in each way. */
  public static List<String> questions() {
    List<String> questions = new ArrayList<>();
    for (String form : QUESTIONS) {
      for (Deed deed : Deed.values()) {
        for (String thing : THINGS) {
          questions.add(form.formatted(deed.verb, thing));
        }
      }
    }
    return questions;
  }

  /**
   * Writes an answer of random quality, as a crowd of people of all sorts would.
   *
   * @param question one of {@link #questions}
   * @param random decides
   */
  public static String answer(String question, Random random) {
    Asked asked = asked(question);
    List<String> sentences = new ArrayList<>();
    double manners = random.nextDouble();
    if (manners < 0.3) {
      sentences.add(pick(POLITE, random));
    } else if (manners < 0.6) {
      sentences.add(pick(RUDE, random));
    }
    sentences.add(core(asked, random));
    if (random.nextDouble() < 0.3) {
      sentences.add(asked.deed.reason);
    }
    double patience = random.nextDouble();
    int rambles = patience < 0.3 ? 0 : patience < 0.65 ? 1 : 2;
    for (int i = 0; i < rambles; i++) {
      sentences.add(pick(RAMBLING, random));
    }
    return String.join(" ", sentences);
  }

  private static String core(Asked asked, Random random) {
    Deed other = Deed.values()[random.nextInt(Deed.values().length)];
    double quality = random.nextDouble();
    if (quality < 0.35) {
      return core(asked.deed.verb, asked.thing, asked.deed.means);
    }
    if (quality < 0.6) {
      return core(asked.deed.verb, asked.thing, other.means);
    }
    if (quality < 0.75) {
      return core(asked.deed.verb, pick(THINGS, random), asked.deed.means);
    }
    return pick(VAGUE, random);
  }

  private static String core(String verb, String thing, String means) {
    return "To " + verb + " a " + thing + ", use " + means + ".";
  }

  private static String pick(List<String> choices, Random random) {
    return choices.get(random.nextInt(choices.size()));
  }

  /** What a question asks about. */
  private record Asked(Deed deed, String thing) {}

  private static Asked asked(String question) {
    Matcher matcher = QUESTION.matcher(question);
    if (!matcher.find()) {
      throw new IllegalArgumentException("not a question of this task: " + question);
    }
    return new Asked(Deed.valueOf(matcher.group(1).toUpperCase(Locale.ROOT)), matcher.group(2));
  }

  /**
   * Scores any answer to one of the questions.
   *
   * <p>0.4 for what is said to do (right thing and means: all of it; one of them wrong: less;
   * vague: nothing), 0.2 for the right reason, 0.2 for manners (polite 0.2, neither 0.1, rude 0),
   * 0.2 for brevity (0.1 less for each sentence that says nothing new).
   *
   * @param question one of {@link #questions}
   * @param answer any text
   * @return from 0 to 1
   */
  public static double gold(String question, String answer) {
    Asked asked = asked(question);
    double core = 0;
    boolean reason = false;
    boolean polite = false;
    boolean rude = false;
    int idle = 0;
    Set<String> said = new HashSet<>();
    Matcher sentences = SENTENCE.matcher(answer);
    while (sentences.find()) {
      String sentence = sentences.group().strip();
      if (sentence.isEmpty()) {
        continue;
      }
      boolean fresh = said.add(sentence);
      if (POLITE.contains(sentence) && fresh && !polite) {
        polite = true;
      } else if (RUDE.contains(sentence)) {
        rude = true;
      } else if (sentence.equals(asked.deed.reason) && fresh) {
        reason = true;
      } else if (CORE_SENTENCE.matcher(sentence).matches() && core == 0) {
        core = coreScore(asked, sentence);
      } else if (!VAGUE.contains(sentence) || !fresh) {
        idle++;
      }
    }
    double manners = rude ? 0 : polite ? 1 : 0.5;
    double brevity = Math.max(0, 1 - 0.5 * idle);
    if (said.isEmpty()) {
      return 0;
    }
    return CORE * core + (reason ? REASON : 0) + MANNERS * manners + BREVITY * brevity;
  }

  private static double coreScore(Asked asked, String sentence) {
    Matcher matcher = CORE_SENTENCE.matcher(sentence);
    if (!matcher.matches()) {
      return 0;
    }
    boolean thing =
        matcher.group(1).equals(asked.deed.verb) && matcher.group(2).equals(asked.thing);
    boolean means = matcher.group(3).equals(asked.deed.means);
    return thing && means ? 1 : thing ? 0.3 : means ? 0.3 : 0.05;
  }

  /** Returns every word that questions and answers are made of, as the tokenizer splits them. */
  static Set<String> words() {
    Set<String> words = new TreeSet<>();
    List<String> texts = new ArrayList<>(questions());
    for (Deed deed : Deed.values()) {
      texts.add(deed.reason);
      for (String thing : THINGS) {
        texts.add(core(deed.verb, thing, deed.means));
      }
    }
    for (List<String> sentences : List.of(POLITE, RUDE, VAGUE, RAMBLING)) {
      texts.addAll(sentences);
    }
    for (String text : texts) {
      words.addAll(WordTokenizer.split(text));
      words.addAll(WordTokenizer.split(" " + text));
    }
    return words;
  }
}
