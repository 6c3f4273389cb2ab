package dev.parley.cli.dataset;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.parley.data.Example;
import dev.parley.data.file.BadRow;
import dev.parley.data.file.Dataset;
import dev.parley.data.file.Row;
import dev.parley.data.shape.ParleyShape;
import dev.parley.data.summary.DatasetSummary;
import dev.parley.data.summary.LabelBalance;
import dev.parley.data.summary.Lengths;
import dev.parley.data.summary.PreferenceBalance;
import java.util.List;
import java.util.Locale;

/** A dataset's summary as one JSON object, for programs. */
final class SummaryJson {

  private SummaryJson() {}

  static ObjectNode of(Dataset dataset, DatasetSummary summary, List<Row<Example>> first) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode files = json.putArray("files");
    dataset.files().forEach(file -> files.add(file.toString()));
    json.put("rows", summary.rows());
    summary.byKind().forEach(json.putObject("rows_by_kind")::put);
    summary.byShape().forEach(json.putObject("rows_by_shape")::put);
    json.put("turns", summary.turns());
    json.put("repeated_prompts", summary.repeatedPrompts());
    json.put("uneven_turns", summary.unevenTurns());
    json.put("reference_answers", summary.referenceAnswers());
    ObjectNode characters = json.putObject("characters");
    characters.set("prompt", lengths(summary.promptLengths()));
    characters.set("answer", lengths(summary.answerLengths()));
    characters.set("chosen", lengths(summary.chosenLengths()));
    characters.set("rejected", lengths(summary.rejectedLengths()));
    json.set("preferences", balance(summary.preferences()));
    LabelBalance labels = summary.labels();
    json.putObject("verdicts").put("good", labels.good()).put("bad", labels.bad());
    json.putObject("steps")
        .put("right", labels.rightSteps())
        .put("wrong", labels.wrongSteps())
        .put("neutral", labels.neutralSteps())
        .put("unlabelled", labels.unlabelledSteps());
    ObjectNode bad = json.putObject("bad_rows");
    bad.put("total", summary.skipped().total());
    ObjectNode reasons = bad.putObject("by_reason");
    summary
        .skipped()
        .byDefect()
        .forEach((defect, rows) -> reasons.put(defect.name().toLowerCase(Locale.ROOT), rows));
    ArrayNode listed = bad.putArray("first");
    for (BadRow row : summary.skipped().first()) {
      listed
          .addObject()
          .put("file", row.place().file().toString())
          .put("line", row.place().line())
          .put("reason", row.defect().name().toLowerCase(Locale.ROOT))
          .put("detail", row.detail());
    }
    ArrayNode examples = json.putArray("examples");
    ParleyShape shape = new ParleyShape();
    first.forEach(row -> examples.add(shape.write(row.example())));
    return json;
  }

  private static ObjectNode lengths(Lengths lengths) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("count", lengths.count())
        .put("mean", lengths.mean())
        .put("min", lengths.min())
        .put("median", lengths.median())
        .put("p90", lengths.p90())
        .put("p99", lengths.p99())
        .put("max", lengths.max());
  }

  private static ObjectNode balance(PreferenceBalance balance) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("pairs", balance.pairs())
        .put("ties", balance.ties())
        .put("with_margin", balance.withMargin())
        .put("chosen_longer", balance.chosenLonger())
        .put("rejected_longer", balance.rejectedLonger())
        .put("empty_answers", balance.emptyAnswers());
    ObjectNode bySource = json.putObject("by_source");
    balance.bySource().forEach((source, pairs) -> bySource.put(source.fileName(), pairs));
    return json;
  }
}
