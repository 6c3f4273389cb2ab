package dev.parley.console.page;

import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import java.util.List;

/** The templates, with what each needs. */
@CheckedTemplate
final class Pages {

  private Pages() {}

  static native TemplateInstance signIn(Frame frame, SignInView view);

  static native TemplateInstance studies(Frame frame, List<StudyRow> studies);

  static native TemplateInstance compare(Frame frame, CompareView view);

  static native TemplateInstance nothingLeft(Frame frame, NothingLeftView view);

  static native TemplateInstance newStudy(Frame frame, NewStudyView view);

  static native TemplateInstance study(Frame frame, StudyView view);

  static native TemplateInstance problem(Frame frame, List<String> lines, String remedy);
}
