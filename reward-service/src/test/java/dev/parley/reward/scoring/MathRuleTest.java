package dev.parley.reward.scoring;

import static dev.parley.reward.scoring.Configured.ofType;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MathRuleTest {

  private static final String GSM8K =
      "She sells 16 - 3 - 4 = <<16-3-4=9>>9 eggs.\nShe makes 9 * 2 = $<<9*2=18>>18.\n#### 18";

  @Test
  void theReferenceMayBeAWholeSolutionOfGsm8k() {
    assertThat(judge("9 eggs at 2 dollars make 18 dollars.\n#### 18", GSM8K).value()).isEqualTo(1);
    assertThat(judge("#### 9", GSM8K).value()).isZero();
    assertThat(judge(GSM8K, GSM8K).value()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "So it is \\boxed{42}. | 42",
        "First \\boxed{7}, but no: \\boxed{42} | 42",
        "\\boxed{\\frac{\\sqrt{3}}{2}} and \\boxed{cut off | \\frac{\\sqrt{3}}{2}",
        "#### 7 … wait, $\\boxed{8}$ | 8",
        "$\\boxed{8}$ in short: #### 9 apples | 9 apples",
        "The answer is 42. | 42",
        "**Answer:** 42 | 42",
        "**42** | 42",
        "Answer: \\frac{3}{4} | \\frac{3}{4}",
        "\\boxed{5} \\boxed{} | 5",
        "The answer is 5. No, the answer is: $6$. | 6",
        "Final answer: $\\dfrac{1}{2}$ of the cake | \\dfrac{1}{2}",
        "The answer is $1,200 per year. | $1,200",
        "The answer is that she has 5 apples left. | 5",
        "The answer is 5 or 6. | 5 or 6",
        "The answer is Evelyn. | Evelyn",
        "She had 3, then 5 more, which makes 8. | 8",
        "It costs $3 and then $4.50. | $4.50",
        "10-5=5 | 5",
        "So x = -5 | -5",
        "Hence $x = \\frac{2}{3}$. | x = \\frac{2}{3}",
        "It takes 1 1/2 hours | 1 1/2",
      })
  void theFinalAnswerIsFound(String response, String expected) {
    assertThat(FinalAnswer.of(response)).map(FinalAnswer::text).contains(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "1,000 | 1000",
        "1{,}000 | 1000",
        "11,\\! 111,\\! 100 | 11111100",
        "+5 | 5",
        "−5 | -5",
        "5.0 | 5",
        "05 | 5",
        ".5 | 0.5",
        "5. | 5",
        "$18 | 18",
        "\\$18.00 | 18",
        "18 dollars | 18",
        "€18 | 18",
        "15\\mbox{ cm}^2 | 15",
        "15 cm^2 | 15",
        "30 miles per hour | 30",
        "90^\\circ | 90",
        "90° | 90",
        "5 million | 5,000,000",
        "1/2 | 0.5",
        "2/4 | \\frac{1}{2}",
        "\\frac12 | \\dfrac{1}{2}",
        "\\frac{1}2 | 1/2",
        "-\\frac{1}{2} | \\frac{-1}{2}",
        "2\\frac{1}{3} | 7/3",
        "2 1/3 | 7/3",
        "-1\\frac{1}{2} | -1.5",
        "1.5e3 | 1500",
        "1.5 \\times 10^{3} | 1500",
        "1.5 * 10^-3 | 0.0015",
        "50% | 50",
        "50\\% | 50%",
        "50% | 0.5",
        "0.5 | 50%",
        "50 percent | 50%",
        "\\sqrt{8} | 2\\sqrt{2}",
        "\\sqrt2 | √2",
        "sqrt(3)/2 | \\frac{\\sqrt{3}}{2}",
        "\\frac{1}{\\sqrt{2}} | \\frac{\\sqrt 2}{2}",
        "2\\pi | 2π",
        "2^{10} | 1024",
        "5! | 120",
        "x=5 | 5",
        "y = 2x + 3 | 3+2x",
        "(x+1)^2 | x^2+2x+1",
        "6 - 5i | -5i+6",
        "2x+2y=4 | x + y = 2",
        "1 \\pm \\sqrt{2} | 1-\\sqrt{2}, 1+\\sqrt{2}",
        "\\left( 3, \\frac{\\pi}{2} \\right) | (3,\\pi/2)",
        "(-\\infty, 0.5] | (-∞, 1/2]",
        "(0,9) \\cup (9,36) | (9,36)\\cup(0,9)",
        "x \\in [-2,7] | [-2,7]",
        "\\{3, 1, 2\\} | \\{1,2,3\\}",
        "3 and 5 | 5, 3",
        "\\begin{pmatrix} 1/2 \\\\ 3 \\end{pmatrix} | \\begin{bmatrix}0.5\\\\3\\end{bmatrix}",
        "\\text{Evelyn} | evelyn",
        "(C) | C",
        "\\text{(C)} | c",
        "2516_8 | 2516_{8}",
        "30^\\circ C | 30",
        "30°C | 30",
        "x=3 \\text{ or } x=-2 | -2, 3",
        "\\{1, 2\\} | 2, 1",
        "2*sqrt(3) | 2\\sqrt{3}",
        "(-5) | -5",
        "$0.5 million | 500000",
        "\\text{5 apples} | 5",
      })
  void theSameAnswerInAnotherFormIsRight(String answer, String reference) {
    assertThat(MathAnswers.same(answer, reference)).isTrue();
    assertThat(MathAnswers.same(reference, answer)).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "1 | 10",
        "10 | 1",
        "12 | 112",
        "112 | 12",
        "3.14 | 314",
        "3.14 | \\pi",
        "0.333 | 1/3",
        "1/3 | 1/4",
        "5 | -5",
        "1,000 | 1",
        "1,00 | 100",
        "0.5 | 50",
        "50 | 0.5",
        "5% | 0.5",
        "5 million | 5",
        "2 3 | 23",
        "2 3 | 6",
        "5 or 6 | 5",
        "5, 6 | 5",
        "5 | 5, 6",
        "5, 5 | 5, 6",
        "(1,2) | (2,1)",
        "(1,2) | [1,2]",
        "(1,2) | 1.2",
        "\\{1,2\\} | \\{1,2,3\\}",
        "5x | 5",
        "5xy | 5",
        "x | y",
        "2x | x^2",
        "x+y=2 | x+y=3",
        "2516_8 | 2516",
        "\\sqrt{2} | 1.41421356",
        "2^{100} | 2^{100}+1",
        "123456789012345678901234567890 | 123456789012345678901234567891",
        "1e400 | 1e401",
        "A | B",
        "Evelyn | Eve",
        "1/0 | 2/0",
        "x<5 | x=5",
        "x=5 | x<5",
        "x+y=5 | 5",
        "(2, 3) | 2, 3",
        "x=3, x=2 | 3",
        "\\frac{1}{0} | 0",
        "0 | -0.0001",
      })
  void anotherAnswerIsWrong(String answer, String reference) {
    assertThat(MathAnswers.same(answer, reference)).isFalse();
    assertThat(MathAnswers.same(reference, answer)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1e999999999",
        "9^{9^{9^{9}}}",
        "9^9^9^9",
        "200!!!!",
        "10^{-999999999}",
      })
  void numbersTooLargeToWriteOutAreComparedAsTextAlone(String answer) {
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          assertThat(MathAnswers.same(answer, "5")).isFalse();
          assertThat(MathAnswers.same(answer, answer)).isTrue();
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{", "(", "-", "\\frac{", "\\boxed{", "$", "1,", "1 ", "a ", "\\sqrt", "9", " "})
  void aHostileAnswerTakesNoLongerForItsLength(String piece) {
    String text = piece.repeat(300_000 / piece.length());
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          for (String response : List.of(text, "#### " + text, "the answer is " + text)) {
            assertThat(judge(response, "42").value()).isZero();
          }
          assertThat(MathAnswers.same(text.substring(0, 1_000), "42")).isFalse();
        });
  }

  @Test
  void anAnswerMayHaveToBeMarked() {
    Scorer marked = ofType("math", "require", "mark");
    Scorer boxed = ofType("math", "require", "box", "missing", "-1", "wrong", "-0.5");
    assertThat(judge(marked, "It is 42", "42").value()).isZero();
    assertThat(judge(marked, "The answer is 42", "42").value()).isEqualTo(1);
    assertThat(judge(boxed, "The answer is 42", "42").value()).isEqualTo(-1);
    assertThat(judge(boxed, "\\boxed{42}", "42").value()).isEqualTo(1);
    assertThat(judge(boxed, "\\boxed{41}", "42").value()).isEqualTo(-0.5);
  }

  @Test
  void theVerdictSaysWhatWasRead() {
    Verdict verdict = judge("So \\boxed{1{,}000}", "1000");
    assertThat(verdict.extracted()).contains("1{,}000");
    assertThat(verdict.components())
        .containsEntry("answer_found", 1.0)
        .containsEntry("answer_right", 1.0);
    assertThat(judge("I do not know.", "1000").components()).containsEntry("answer_found", 0.0);
  }

  @Test
  void withoutAReferenceThereIsNoScore() {
    Verdict verdict = judge("42", " ");
    assertThat(verdict.ok()).isFalse();
    assertThat(verdict.error()).contains("no reference answer", "reference_answer");
  }

  @Test
  void aMisspeltRequirementIsCorrected() {
    assertThatThrownBy(() -> ofType("math", "require", "boxed"))
        .hasMessageContaining("expected nothing or mark or box or hashes; did you mean \"box\"?");
  }

  private static Verdict judge(String response, String reference) {
    return judge(ofType("math"), response, reference);
  }

  private static Verdict judge(Scorer scorer, String response, String reference) {
    Item item = new Item(new Content.Texts("How many?", response), reference, Map.of());
    return scorer.score(List.of(item)).get(0);
  }
}
