package dev.parley.data.shape;

import static dev.parley.data.ChatTurn.assistant;
import static dev.parley.data.ChatTurn.system;
import static dev.parley.data.ChatTurn.user;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.parley.data.ChatTurn;
import dev.parley.data.Defect;
import dev.parley.data.Demonstration;
import dev.parley.data.Example;
import dev.parley.data.InvalidExampleException;
import dev.parley.data.Preference;
import dev.parley.data.PreferenceSource;
import dev.parley.data.PromptRow;
import dev.parley.data.Ranking;
import dev.parley.data.Rating;
import dev.parley.data.Solution;
import dev.parley.data.Verdict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowShapesTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<ChatTurn> QUESTION = List.of(user("Q"));

  @Test
  void hhRlhfIsSplitIntoTurnsAndThePromptIsAllButTheLast() {
    assertThat(
            read(
                """
                {"chosen":"\\n\\nHuman: Q\\n\\nAssistant:  A \\n\\nHuman: more\\n\\nAssistant: B",
                 "rejected":"\\n\\nHuman: Q\\n\\nAssistant:  A \\n\\nHuman: more\\n\\nAssistant: C"}
                """))
        .isEqualTo(Preference.of(List.of(user("Q"), assistant("A"), user("more")), "B", "C"));
  }

  @Test
  void hhRlhfKeepsParagraphsAndTheWordHumanInsideATurn() {
    Preference preference =
        (Preference)
            read(
                """
                {"chosen":"\\n\\nHuman: Q\\n\\nis Human: a word?\\n\\nAssistant: A\\n\\nB",
                 "rejected":"\\n\\nHuman: Q\\n\\nis Human: a word?\\n\\nAssistant: C"}
                """);

    assertThat(preference.prompt()).containsExactly(user("Q\n\nis Human: a word?"));
    assertThat(preference.chosen()).containsExactly(assistant("A\n\nB"));
  }

  @Test
  void hhRlhfRowsThatDifferBeforeTheLastTurnAreRefusedByTheTurn() {
    assertRefused(
        """
        {"chosen":"\\n\\nHuman: Q\\n\\nAssistant: A\\n\\nAssistant: B",
         "rejected":"\\n\\nHuman: Q\\n\\nAssistant: C"}
        """,
        Defect.DIFFERENT_PROMPTS,
        "chosen (3 turns) and rejected (2 turns) differ from turn 2 on");
  }

  @Test
  void hhRlhfRowsThatEndWithTheHumanAreRefused() {
    assertRefused(
        """
        {"chosen":"\\n\\nHuman: Q\\n\\nAssistant: A\\n\\nHuman: B",
         "rejected":"\\n\\nHuman: Q\\n\\nAssistant: C"}
        """,
        Defect.BROKEN_CONVERSATION,
        "'chosen' ends with a turn of Human");
  }

  @Test
  void plainStringsWithoutAPromptAreNotCutInTheMiddle() {
    assertRefused(
        """
        {"chosen":"The sea is blue.","rejected":"The sea is black."}
        """,
        Defect.BROKEN_CONVERSATION,
        "expected a dialogue in that form, or a 'prompt' beside");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'prompt':'Q','chosen':'A','rejected':'B'}",
        "{'prompt':'\\n\\nHuman: Q\\n\\nAssistant:','chosen':'A','rejected':'B'}",
        "{'prompt':[{'role':'user','content':'Q'}],'chosen':'A','rejected':'B'}",
        "{'prompt':'Q','chosen':[{'role':'assistant','content':'A'}],'rejected':[{'role':'assistant','content':'B'}]}",
        "{'chosen':[{'role':'user','content':'Q'},{'role':'assistant','content':'A'}],'rejected':[{'role':'user','content':'Q'},{'role':'assistant','content':'B'}]}",
        "{'prompt':'Q','prompt_id':'7','chosen':[{'role':'user','content':'Q'},{'role':'assistant','content':'A'}],'rejected':[{'role':'user','content':'Q'},{'role':'assistant','content':'B'}],'messages':[{'role':'user','content':'Q'},{'role':'assistant','content':'A'}],'score_chosen':8.5}",
        "{'instruction':'Q','input':'','chosen':'A','rejected':'B'}",
        "{'conversations':[{'from':'human','value':'Q'}],'chosen':{'from':'gpt','value':'A'},'rejected':{'from':'gpt','value':'B'}}",
        "{'input':'Q','output_1':'A','output_2':'B','label':1}",
        "{'input':'Q','output_1':'B','output_2':'A','label':2}",
      })
  void everyWayToWriteAPairGivesThePair(String row) {
    assertThat(read(row.replace('\'', '"'))).isEqualTo(Preference.of(QUESTION, "A", "B"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'messages':[{'role':'user','content':'Q'},{'role':'assistant','content':'A'}]}",
        "{'prompt':'Q','messages':[{'role':'user','content':'Q'},{'role':'assistant','content':'A'}]}",
        "{'prompt':'Q','completion':'A'}",
        "{'prompt':[{'role':'user','content':'Q'}],'completion':[{'role':'assistant','content':'A'}]}",
        "{'instruction':'Q','input':'','output':'A'}",
        "{'instruction':'Q','output':'A','system':'','history':[]}",
        "{'conversations':[{'from':'human','value':'Q'},{'from':'gpt','value':'A'}]}",
        "{'conversations':[{'from':'human','value':'Q'},{'from':'gpt','value':'A'}],'tools':'[]'}",
      })
  void everyWayToWriteADemonstrationGivesTheConversation(String row) {
    assertThat(read(row.replace('\'', '"')))
        .isEqualTo(new Demonstration(List.of(user("Q"), assistant("A")), "test.jsonl"));
  }

  @Test
  void alpacasInputGoesBelowItsInstruction() {
    assertThat(
            read("{\"instruction\":\"Sort.\",\"input\":\"3 1 2\",\"output\":\"1 2 3\"}").prompt())
        .containsExactly(user("Sort.\n3 1 2"));
  }

  @Test
  void alpacasSystemAndHistoryComeFirst() {
    assertThat(
            read("""
            {"instruction":"And?","input":"","output":"C","system":"Be brief.","history":[["A","B"]]}
            """)
                .prompt())
        .containsExactly(system("Be brief."), user("A"), assistant("B"), user("And?"));
  }

  @Test
  void aMarginBesideAPairIsKept() {
    assertThat(read("{\"prompt\":\"Q\",\"chosen\":\"A\",\"rejected\":\"B\",\"margin\":0.5}"))
        .isInstanceOfSatisfying(
            Preference.class, pair -> assertThat(pair.margin()).isEqualTo(OptionalDouble.of(0.5)));
  }

  @Test
  void aConfidenceBesideAPairIsKept() {
    assertThat(read("{\"prompt\":\"Q\",\"chosen\":\"A\",\"rejected\":\"B\",\"confidence\":0.75}"))
        .isInstanceOfSatisfying(
            Preference.class,
            pair -> assertThat(pair.confidence()).isEqualTo(OptionalDouble.of(0.75)));
  }

  @Test
  void answersThatBeginAlikeAreStillAnswers() {
    assertThat(
            read(
                """
                {"chosen":[{"role":"user","content":"Q"},{"role":"assistant","content":"A"}],
                 "rejected":[{"role":"user","content":"Q"},{"role":"assistant","content":"A"},
                             {"role":"tool","content":"T"},{"role":"assistant","content":"B"}]}
                """))
        .isInstanceOfSatisfying(
            Preference.class,
            pair -> {
              assertThat(pair.prompt()).isEqualTo(QUESTION);
              assertThat(pair.chosen()).containsExactly(assistant("A"));
              assertThat(pair.rejected()).hasSize(3);
            });
  }

  @Test
  void aPromptThatContradictsTheConversationsIsRefused() {
    assertRefused(
        """
        {"prompt":"something else",
         "chosen":[{"role":"user","content":"Q"},{"role":"assistant","content":"A"}],
         "rejected":[{"role":"user","content":"Q"},{"role":"assistant","content":"B"}]}
        """,
        Defect.DIFFERENT_PROMPTS,
        "'prompt' is not the prompt that chosen and rejected begin with");
  }

  @Test
  void gsm8kGivesTheFinalNumberAsReferenceAndKeepsTheWorking() {
    assertThat(read("{\"question\":\"Q\",\"answer\":\"1,000+80=<<1000+80=1080>>\\n#### 1,080\"}"))
        .isEqualTo(
            new PromptRow(
                QUESTION,
                Optional.of("1,080"),
                Map.of("solution", "1,000+80=<<1000+80=1080>>\n#### 1,080")));
  }

  @Test
  void anAnswerWithoutAFinalLineIsTheReferenceItself() {
    assertThat(read("{\"question\":\"Q\",\"answer\":\"see #### above\",\"level\":2}"))
        .isEqualTo(new PromptRow(QUESTION, Optional.of("see #### above"), Map.of("level", "2")));
  }

  @Test
  void mtBenchAsksItsFirstTurnAndKeepsTheOthers() {
    assertThat(
            read(
                """
                {"question_id":81,"category":"math","turns":["Q","R"],"reference":["1","2"]}
                """))
        .isEqualTo(
            new PromptRow(
                QUESTION,
                Optional.of("1"),
                Map.of(
                    "question_id", "81", "category", "math", "turn_2", "R", "reference_2", "2")));
  }

  @Test
  void whatStandsBesideAPromptIsMetadata() {
    assertThat(read("{\"prompt\":\"Q\",\"reference_answer\":\"4\",\"tags\":[\"a\"],\"none\":null}"))
        .isEqualTo(new PromptRow(QUESTION, Optional.of("4"), Map.of("tags", "[\"a\"]")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'messages':[{'role':'user','content':'Q'},{'role':'assistant','content':'A'}],'label':false}|false",
        "{'conversations':[{'from':'human','value':'Q'},{'from':'gpt','value':'A'}],'kto_tag':true}|true",
        "{'prompt':'Q','completion':'A','label':true}|true",
        "{'prompt':[{'role':'user','content':'Q'}],'completion':[{'role':'assistant','content':'A'}],'label':false}|false",
        "{'instruction':'Q','input':'','output':'A','kto_tag':false}|false",
      })
  void anAnswerWithAVerdictIsReadWithItAndIsNoDemonstration(String row, boolean desirable) {
    assertThat(read(row.replace('\'', '"')))
        .isEqualTo(new Verdict(QUESTION, List.of(ChatTurn.assistant("A")), desirable));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'prompt':'Q','completion':'A','label':'good'}|WRONG_TYPE|'label' is a string; expected"
            + " true or false",
        "{'prompt':'Q','completion':'A','label':1}|WRONG_TYPE|'label' is the number 1; expected"
            + " true or false",
        "{'messages':[{'role':'user','content':'Q'}],'label':true}|BROKEN_CONVERSATION|does not end"
            + " with an answer",
      })
  void aVerdictThatSaysNothingIsRefused(String row, Defect defect, String message) {
    assertRefused(row.replace('\'', '"'), defect, message);
  }

  @Test
  void anUnknownShapeListsTheKeysAndTheShapes() {
    assertRefused(
        "{\"text\":\"Q\",\"id\":3}",
        Defect.UNKNOWN_SHAPE,
        "no shape has the keys [text, id]; expected one of: parley [parley], hh-rlhf [chosen,"
            + " rejected]");
  }

  @Test
  void aMisspeltKeyIsNamed() {
    assertRefused(
        "{\"mesages\":[]}", Defect.UNKNOWN_SHAPE, "[mesages]; did you mean \"messages\"?");
  }

  @Test
  void aMissingKeyIsNamedWithTheShapesItWouldMake() {
    assertRefused(
        "{\"prompt\":\"Q\",\"chosen\":\"A\"}",
        Defect.UNKNOWN_SHAPE,
        "no shape has the keys [prompt, chosen]; with 'rejected' it would be trl-preference;"
            + " expected");
  }

  @Test
  void anAmbiguousShapeListsTheCandidates() {
    assertRefused(
        "{\"instruction\":\"Q\",\"output\":\"A\",\"conversations\":[]}",
        Defect.AMBIGUOUS_SHAPE,
        "could be alpaca or sharegpt");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'prompt':'Q','chosen':'A','rejected':7}|WRONG_TYPE|'rejected' is the number 7; expected",
        "{'prompt':'Q','chosen':'A','rejected':'B','margin':'much'}|WRONG_TYPE|'margin' is a"
            + " string; expected a number",
        "{'messages':[]}|BROKEN_CONVERSATION|'messages' is an empty list",
        "{'messages':'hello'}|WRONG_TYPE|'messages' is a string; expected a list of turns",
        "{'messages':['hello']}|WRONG_TYPE|'messages'[0] is a string; expected a turn",
        "{'messages':[{'role':'asistant','content':'A'}]}|UNKNOWN_ROLE|did you mean \"assistant\"?",
        "{'messages':[{'role':'user'}]}|WRONG_TYPE|'messages'[0].content is null; expected a"
            + " string",
        "{'messages':[{'role':'user','content':[]}]}|WRONG_TYPE|'messages'[0].content is a list",
        "{'messages':[{'role':'assistant','content':'','tool_calls':[{'id':1}]}]}|UNSUPPORTED|calls"
            + " tools",
        "{'prompt':'Q','completion':'A','images':['sea.png']}|UNSUPPORTED|'images' is not empty",
        "{'input':'Q','output_1':'A','output_2':'B','label':3}|WRONG_VALUE|'label' is 3.0; expected"
            + " 1 or 2",
        "{'instruction':'Q','output':'A','history':[['B']]}|WRONG_TYPE|'history'[0] is a list;"
            + " expected a pair",
        "{'turns':[]}|EMPTY|'turns' is an empty list",
        "{'parley':'preferences'}|WRONG_VALUE|did you mean \"preference\"?",
        "{'parley':'prompt','prompt':[],'metdata':{}}|UNKNOWN_SHAPE|'metdata' is no field of a"
            + " prompt",
        "{'parley':'preference','prompt':[{'role':'user','content':'Q'}],'chosen':'A','rejected':'B'}|WRONG_TYPE|expected"
            + " a list of turns",
        "{'parley':'preference','prompt':[{'role':'user','content':'Q'}],'chosen':[{'role':'assistant','content':'A'}],'rejected':[{'role':'assistant','content':'B'}],'source':'humans'}|WRONG_VALUE|did"
            + " you mean \"human\"?",
      })
  void aBadFieldIsNamedWithWhatItHolds(String row, Defect defect, String message) {
    assertRefused(row.replace('\'', '"'), defect, message);
  }

  @Test
  void whatIsWrittenIsReadBackEqual() {
    List<Example> examples =
        List.of(
            new Demonstration(List.of(system("S"), user("Q"), assistant("A\n\"B\"")), "notes"),
            Preference.of(QUESTION, "A", ""),
            new Preference(
                QUESTION,
                List.of(assistant("A")),
                List.of(assistant("B")),
                OptionalDouble.of(0.25),
                false,
                PreferenceSource.MODEL,
                "judge-1"),
            new Preference(
                QUESTION,
                List.of(assistant("A")),
                List.of(assistant("A")),
                OptionalDouble.empty(),
                true,
                PreferenceSource.HUMAN,
                ""),
            new Ranking(
                QUESTION,
                List.of(List.of(assistant("A")), List.of(assistant("B"))),
                List.of(2.0, 1.0),
                PreferenceSource.HUMAN,
                "anna"),
            new Rating(QUESTION, List.of(assistant("A")), Map.of("b", 1.5, "a", -2.0)),
            new Solution(
                QUESTION,
                List.of(
                    new Solution.Step("one", OptionalDouble.of(0.25)),
                    new Solution.Step("two", OptionalDouble.empty()))),
            new Verdict(QUESTION, List.of(assistant("A")), false),
            PromptRow.of(user("Q\u2028 \uD83C\uDF0A")),
            new PromptRow(QUESTION, Optional.of("4"), Map.of("b", "2", "a", "1")));

    ParleyShape shape = new ParleyShape();
    for (Example example : examples) {
      assertThat(read(shape.write(example).toString())).isEqualTo(example);
    }
  }

  private static Solution.Step step(String text, double label) {
    return new Solution.Step(text, OptionalDouble.of(label));
  }

  private static Solution.Step unlabelled(String text) {
    return new Solution.Step(text, OptionalDouble.empty());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'prompt':'Q','response':'A','score':2}",
        "{'prompt':'Q','response':[{'role':'assistant','content':'A'}],'scores':{'score':2}}",
        "{'prompt':'Q','response':'A','status':'OK','score':2,'components':{'raw':7}}",
      })
  void everyWayToWriteARatingGivesTheRating(String row) {
    assertThat(read(row.replace('\'', '"')))
        .isEqualTo(new Rating(QUESTION, List.of(assistant("A")), Map.of("score", 2.0)));
  }

  @Test
  void helpSteersAttributesAreScores() {
    assertThat(
            ((Rating)
                    read(
                        """
                        {"prompt":"Q","response":"A","helpfulness":3,"verbosity":1,"coherence":null}
                        """))
                .scores())
        .containsOnly(Map.entry("helpfulness", 3.0), Map.entry("verbosity", 1.0));
  }

  @Test
  void anAnswerWithoutAScoreIsAPromptWithMetadata() {
    assertThat(read("{\"prompt\":\"Q\",\"response\":\"A\",\"score\":null}"))
        .isEqualTo(new PromptRow(QUESTION, Optional.empty(), Map.of("response", "A")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'prompt':'Q','answers':['a','b','c'],'ranks':[2,1,2]}",
        "{'prompt':'Q','answers':['a','b','c'],'scores':[0,7.5,0]}",
        "{'prompt':'Q','answers':[[{'role':'assistant','content':'a'}],'b',{'role':'assistant','content':'c'}],'ranks':[2,1,2]}",
        "{'prompt':'\\n\\nHuman: Q\\n\\nAssistant: ','answers':[{'answer':'a','rank':2.0,'model':'m'},{'answer':'b','rank':1.0},{'answer':'c','rank':2.0}],'turns':1,'num_responses':3}",
        "{'prompt':'Q','answers':[{'answer':'a','score':1},{'answer':'b','score':2},{'answer':'c','score':1}]}",
      })
  void everyWayToWriteARankingGivesTheRanking(String row) {
    assertThat(read(row.replace('\'', '"')))
        .isEqualTo(
            new Ranking(
                QUESTION,
                List.of(List.of(assistant("a")), List.of(assistant("b")), List.of(assistant("c"))),
                List.of(2.0, 1.0, 2.0),
                PreferenceSource.UNKNOWN,
                ""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'prompt':'Q','answers':['a','b'],'ranks':[1]}|1 ranks for 2 answers; expected one for each",
        "{'prompt':'Q','answers':['a','b'],'scores':[1]}|1 ranks for 2 answers; expected one for each",
        "{'prompt':'Q','answers':['a','b'],'ranks':[1,'b']}|'ranks'[1] is a string; expected a number",
        "{'prompt':'Q','answers':['a','b'],'ranks':[1,2],'scores':[2,1]}|'ranks' (1 is best) and 'scores'",
        "{'prompt':'Q','answers':['a',7],'ranks':[1,2]}|'answers[1]' is the number 7",
        "{'prompt':'Q','answers':[{'answer':'a','rank':1},{'answer':'b'}]}|'answers[1].rank' is null; expected a number",
        "{'prompt':'Q','answers':'a','ranks':[1,2]}|'answers' is a string; expected a list of answers",
      })
  void rankingsThatCannotBeMeantAreRefused(String row, String message) {
    assertThatThrownBy(() -> read(row.replace('\'', '"')))
        .isInstanceOf(InvalidExampleException.class)
        .hasMessageContaining(message);
  }

  @Test
  void answersWithoutRanksArePromptMetadata() {
    assertThat(read("{\"prompt\":\"Q\",\"answers\":[\"a\",\"b\"]}")).isInstanceOf(PromptRow.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'prompt':'Q','steps':['one','two'],'labels':[true,false]}",
        "{'prompt':[{'role':'user','content':'Q'}],'completions':['one','two'],'labels':[1,0]}",
        "{'problem':'Q','steps':['one','two'],'label':1,'final_answer_correct':false}",
        "{'question':{'problem':'Q'},'label':{'steps':[{'completions':[{'text':'zero','rating':-1},{'text':'one','rating':1}],'human_completion':null,'chosen_completion':1},{'completions':[{'text':'eh','rating':0},{'text':'two','rating':-1}],'human_completion':null,'chosen_completion':null},{'completions':[]}],'finish_reason':'found_error'}}",
      })
  void everyWayToWriteStepsWithLabelsGivesTheSolution(String row) {
    assertThat(read(row.replace('\'', '"')))
        .isEqualTo(new Solution(QUESTION, List.of(step("one", 1), step("two", 0))));
  }

  @Test
  void stepsThatNobodyJudgedHaveNoLabel() {
    assertThat(
            read(
                """
                {"instruction":"Q","responses":["one"],"next_response":"two","rating":0}
                """))
        .isEqualTo(new Solution(QUESTION, List.of(unlabelled("one"), step("two", 0.5))));
    assertThat(
            read(
                "{\"instruction\":\"Q\",\"responses\":[],\"next_response\":\"one\",\"rating\":null}"))
        .isEqualTo(new Solution(QUESTION, List.of(unlabelled("one"))));
    assertThat(read("{\"problem\":\"Q\",\"steps\":[\"one\",\"two\",\"three\"],\"label\":1}"))
        .isEqualTo(
            new Solution(QUESTION, List.of(step("one", 1), step("two", 0), unlabelled("three"))));
    assertThat(
            read(
                """
                {"question":{"problem":"Q"},"label":{"steps":[
                  {"completions":[{"text":"bad","rating":-1}],"chosen_completion":null,
                   "human_completion":{"text":"one","rating":null}},
                  {"completions":[{"text":"two","rating":1}],"chosen_completion":0}]}}
                """))
        .isEqualTo(new Solution(QUESTION, List.of(unlabelled("one"), step("two", 1))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'prompt':'Q','steps':['a','b'],'labels':[true]}|'labels' has 1 entries for 2 steps",
        "{'prompt':'Q','steps':['a'],'labels':[2]}|a step's label is 2.0; expected true, false",
        "{'prompt':'Q','steps':['a'],'labels':['yes']}|'labels'[0] is a string; expected true",
        "{'prompt':'Q','steps':[],'labels':[]}|the answer has no steps",
        "{'problem':'Q','steps':['a'],'label':1}|'label' is 1.0; expected the index of one of the"
            + " 1",
        "{'instruction':'Q','responses':[],'next_response':'a','rating':3}|'rating' is 3.0;"
            + " expected -1",
        "{'prompt':'Q','response':'A','score':'high'}|'score' is a string; expected a number",
        "{'prompt':'Q','response':'A','scores':{}}|the answer has no score",
      })
  void ratingsAndStepsThatCannotBeMeantAreRefused(String row, String message) {
    assertThatThrownBy(() -> read(row.replace('\'', '"')))
        .isInstanceOf(InvalidExampleException.class)
        .hasMessageContaining(message);
  }

  private static Example read(String json) {
    try {
      RowFields row = new RowFields((ObjectNode) JSON.readTree(json), "test.jsonl");
      return RowShapes.of(row).read(row);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void assertRefused(String json, Defect defect, String message) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOfSatisfying(
            InvalidExampleException.class, e -> assertThat(e.defect()).isEqualTo(defect))
        .hasMessageContaining(message);
  }
}
