package dev.parley.judge.verdict;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.judge.chat.Message;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a judge is told. A plain text: what stands before a line {@code ---} is the system's turn,
 * the rest the user's. {@code {question}} and the like are placeholders; a brace itself is doubled.
 *
 * <p>Placeholders: {@code question}, {@code answer_a} and {@code answer_b} of a pair or {@code
 * answer} alone, {@code reference} (also {@code ref_answer}), {@code principle}; with a number,
 * {@code question_2}, {@code answer_a_1}, that turn of the user or the assistant alone.
 *
 * @param name for messages and for the name of whoever judged
 * @param system the system's turn; empty for none
 * @param template the user's turn
 * @param kind what it asks for
 */
public record JudgePrompt(String name, String system, String template, Kind kind) {

  /** What is asked for. */
  public enum Kind {
    /** Which of two answers is better. */
    PAIR,
    /** How good one answer is, from 1 to 10. */
    GRADE
  }

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern PLACEHOLDER =
      Pattern.compile("\\{\\{|\\}\\}|\\{([a-z][a-z0-9_]*)\\}");
  private static final Pattern KNOWN =
      Pattern.compile(
          "question(_[0-9]+)?|answer(_[ab])?(_[0-9]+)?|reference|ref_answer(_[0-9]+)?|principle");
  private static final Pattern RULE = Pattern.compile("(?m)^---[ \\t]*\\R");

  /**
   * Makes a prompt of its texts.
   *
   * @throws IllegalArgumentException if a placeholder is unknown, or it is not clear what is judged
   */
  public static JudgePrompt of(String name, String system, String template) {
    Set<String> used = new TreeSet<>();
    for (String text : List.of(system, template)) {
      Matcher matcher = PLACEHOLDER.matcher(text);
      while (matcher.find()) {
        if (matcher.group(1) != null) {
          used.add(matcher.group(1));
        }
      }
    }
    for (String placeholder : used) {
      if (!KNOWN.matcher(placeholder).matches()) {
        throw new IllegalArgumentException(
            "the judge's prompt %s has the placeholder {%s}; expected {question}, {answer_a}, {answer_b}, {answer}, {reference} or {principle}; write {{ for a brace"
                .formatted(name, placeholder));
      }
    }
    boolean a = used.stream().anyMatch(p -> p.matches("answer_a(_[0-9]+)?"));
    boolean b = used.stream().anyMatch(p -> p.matches("answer_b(_[0-9]+)?"));
    boolean alone = used.stream().anyMatch(p -> p.matches("answer(_[0-9]+)?"));
    if (a != b || a == alone) {
      throw new IllegalArgumentException(
          "the judge's prompt %s has the placeholders %s; expected {answer_a} and {answer_b} to judge a pair, or {answer} to grade one answer"
              .formatted(name, used));
    }
    return new JudgePrompt(name, system, template, a ? Kind.PAIR : Kind.GRADE);
  }

  /**
   * Reads a prompt.
   *
   * @param written a text file; or {@code FILE.jsonl#NAME}, a line of MT-Bench's {@code
   *     judge_prompts.jsonl} by its name
   * @throws IllegalArgumentException if there is none
   */
  public static JudgePrompt read(String written) {
    int hash = written.lastIndexOf('#');
    Path file = Path.of(hash < 0 ? written : written.substring(0, hash));
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "the judge's prompt cannot be read from %s: %s".formatted(file, reason(e)), e);
    }
    if (file.toString().endsWith(".jsonl")) {
      return ofLines(file, text, hash < 0 ? "" : written.substring(hash + 1));
    }
    return ofText(String.valueOf(file.getFileName()).replaceFirst("\\.[^.]+$", ""), text);
  }

  private static String reason(IOException e) {
    return e instanceof NoSuchFileException ? "there is no such file" : e.getMessage();
  }

  private static JudgePrompt ofText(String name, String text) {
    Matcher rule = RULE.matcher(text);
    return rule.find()
        ? of(name, text.substring(0, rule.start()).strip(), text.substring(rule.end()).strip())
        : of(name, "", text.strip());
  }

  private static JudgePrompt ofLines(Path file, String text, String name) {
    List<String> names = new ArrayList<>();
    int line = 0;
    for (String row : text.lines().toList()) {
      line++;
      if (row.isBlank()) {
        continue;
      }
      try {
        JsonNode json = JSON.readTree(row);
        String found = json.path("name").asText();
        names.add(found);
        if (found.equals(name)) {
          return of(
              name, json.path("system_prompt").asText(), json.path("prompt_template").asText());
        }
      } catch (JsonProcessingException e) {
        throw new IllegalArgumentException("%s:%d is no JSON".formatted(file, line), e);
      }
    }
    throw new IllegalArgumentException(
        "%s has no prompt \"%s\"; it has %s: name one as %s#%s"
            .formatted(file, name, names, file, names.isEmpty() ? "NAME" : names.get(0)));
  }

  /** Parley's own prompt for pairs. */
  public static JudgePrompt pair(boolean withReference) {
    return own(withReference ? "pair-with-reference" : "pair");
  }

  /** Parley's own prompt for grades. */
  public static JudgePrompt grade(boolean withReference) {
    return own(withReference ? "grade-with-reference" : "grade");
  }

  private static JudgePrompt own(String name) {
    String file = name + ".txt";
    try (InputStream in = JudgePrompt.class.getResourceAsStream(file)) {
      return ofText(name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  /**
   * The messages for one question. What stands in the values is taken as it is: braces in an answer
   * mean nothing.
   *
   * @throws IllegalArgumentException if a placeholder has no value
   */
  List<Message> fill(Map<String, String> values) {
    List<Message> messages = new ArrayList<>();
    if (!system.isEmpty()) {
      messages.add(Message.system(fill(system, values)));
    }
    messages.add(Message.user(fill(template, values)));
    return messages;
  }

  private String fill(String text, Map<String, String> values) {
    return PLACEHOLDER
        .matcher(text)
        .replaceAll(
            match -> {
              if (match.group(1) == null) {
                return match.group().substring(1);
              }
              String value = values.get(match.group(1));
              if (value == null) {
                throw new IllegalArgumentException(
                    "the judge's prompt %s wants {%s}, which this row does not have; it has %s"
                        .formatted(name, match.group(1), new LinkedHashMap<>(values).keySet()));
              }
              return Matcher.quoteReplacement(value);
            });
  }
}
