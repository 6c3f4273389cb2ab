package dev.parley.data.file;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.parley.data.Defect;
import dev.parley.data.InvalidExampleException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.ListLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.MapKeyValueTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.MapLogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Type.Repetition;

/**
 * A Parquet record as the JSON that the same row would be. Lists and maps are what the format's
 * LogicalTypes page says, with its rules for files of older writers.
 */
final class ParquetValues {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private ParquetValues() {}

  /** The fields that a record has; those that are null are left out. */
  static ObjectNode object(Group group) {
    ObjectNode object = JSON.objectNode();
    GroupType type = group.getType();
    for (int field = 0; field < type.getFieldCount(); field++) {
      int count = group.getFieldRepetitionCount(field);
      if (type.getType(field).isRepetition(Repetition.REPEATED)) {
        ArrayNode list = object.putArray(type.getFieldName(field));
        for (int i = 0; i < count; i++) {
          list.add(value(group, field, i));
        }
      } else if (count > 0) {
        object.set(type.getFieldName(field), value(group, field, 0));
      }
    }
    return object;
  }

  private static JsonNode value(Group group, int field, int index) {
    Type type = group.getType().getType(field);
    if (type.isPrimitive()) {
      return primitive(group, field, index);
    }
    Group inner = group.getGroup(field, index);
    LogicalTypeAnnotation meaning = type.getLogicalTypeAnnotation();
    if (meaning instanceof ListLogicalTypeAnnotation) {
      return list(inner);
    }
    if (meaning instanceof MapLogicalTypeAnnotation
        || meaning instanceof MapKeyValueTypeAnnotation) {
      return map(inner);
    }
    return object(inner);
  }

  private static ArrayNode list(Group list) {
    ArrayNode values = JSON.arrayNode();
    Type repeated = list.getType().getType(0);
    boolean wrapped =
        !repeated.isPrimitive()
            && repeated.asGroupType().getFieldCount() == 1
            && !repeated.getName().equals("array")
            && !repeated.getName().equals(list.getType().getName() + "_tuple");
    for (int i = 0; i < list.getFieldRepetitionCount(0); i++) {
      if (!wrapped) {
        values.add(value(list, 0, i));
        continue;
      }
      Group element = list.getGroup(0, i);
      values.add(element.getFieldRepetitionCount(0) == 0 ? JSON.nullNode() : value(element, 0, 0));
    }
    return values;
  }

  private static ObjectNode map(Group map) {
    ObjectNode object = JSON.objectNode();
    for (int i = 0; i < map.getFieldRepetitionCount(0); i++) {
      Group entry = map.getGroup(0, i);
      String key = value(entry, 0, 0).asText();
      object.set(key, entry.getFieldRepetitionCount(1) == 0 ? JSON.nullNode() : value(entry, 1, 0));
    }
    return object;
  }

  private static JsonNode primitive(Group group, int field, int index) {
    Type type = group.getType().getType(field);
    PrimitiveTypeName primitive = type.asPrimitiveType().getPrimitiveTypeName();
    if (type.getLogicalTypeAnnotation() instanceof DecimalLogicalTypeAnnotation decimal) {
      BigInteger unscaled =
          switch (primitive) {
            case INT32 -> BigInteger.valueOf(group.getInteger(field, index));
            case INT64 -> BigInteger.valueOf(group.getLong(field, index));
            case BINARY, FIXED_LEN_BYTE_ARRAY ->
                new BigInteger(group.getBinary(field, index).getBytes());
            case BOOLEAN, FLOAT, DOUBLE, INT96 ->
                throw new ArithmeticException("'" + type.getName() + "' is no decimal number");
          };
      return JSON.numberNode(new BigDecimal(unscaled, decimal.getScale()));
    }
    return switch (primitive) {
      case BOOLEAN -> JSON.booleanNode(group.getBoolean(field, index));
      case INT32 -> JSON.numberNode(group.getInteger(field, index));
      case INT64 -> JSON.numberNode(group.getLong(field, index));
      case FLOAT -> JSON.numberNode(group.getFloat(field, index));
      case DOUBLE -> JSON.numberNode(group.getDouble(field, index));
      case BINARY -> text(group.getBinary(field, index), type);
      case INT96 -> JSON.binaryNode(group.getInt96(field, index).getBytes());
      case FIXED_LEN_BYTE_ARRAY -> JSON.binaryNode(group.getBinary(field, index).getBytes());
    };
  }

  /** Bytes that are said to be text; also those of writers that say nothing. */
  private static JsonNode text(Binary bytes, Type type) {
    try {
      return JSON.textNode(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.getBytes())).toString());
    } catch (CharacterCodingException e) {
      if (type.getLogicalTypeAnnotation() == null) {
        return JSON.binaryNode(bytes.getBytes());
      }
      throw new InvalidExampleException(
          Defect.NOT_UTF8, "'%s' is not UTF-8; expected text in UTF-8".formatted(type.getName()));
    }
  }
}
