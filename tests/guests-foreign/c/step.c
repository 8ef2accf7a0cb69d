// A step in C from the WIT alone.
#include "plain_step.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char DESCRIPTION[] =
    "{\"name\":\"greet-c\",\"version\":\"0.1.0\",\"summary\":\"Greets somebody, in C.\","
    "\"inputs\":{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\","
    "\"description\":\"Who is greeted.\"}},\"required\":[\"name\"],\"additionalProperties\":false},"
    "\"outputs\":{\"type\":\"object\",\"properties\":{\"greeting\":{\"type\":\"string\"}}}}";

static bool fail(exports_wharf_step_step_error_t *err, const char *message) {
  err->code = WHARF_STEP_TYPES_ERROR_CODE_INVALID;
  plain_step_string_dup(&err->message, message);
  plain_step_string_dup(&err->detail, "{\"input\":\"/name\"}");
  return false;
}

static const char *skip_space(const char *at) { return at + strspn(at, " \t\r\n"); }

// The end of the JSON string whose first character after the quotation mark is at `at`: its closing mark.
static const char *end_of_string(const char *at) {
  while (*at != '\0' && *at != '"')
    at += at[0] == '\\' && at[1] != '\0' ? 2 : 1;
  return at;
}

// Finds the value of the only member, `name`. The host has checked that it is a string.
static const char *find_name(const char *json) {
  const char *at = skip_space(json);
  if (*at++ != '{')
    return NULL;
  at = skip_space(at);
  if (strncmp(at, "\"name\"", 6) != 0)
    return NULL;
  at = skip_space(at + 6);
  if (*at++ != ':')
    return NULL;
  at = skip_space(at);
  return *at == '"' ? at + 1 : NULL;
}

// Appends a code point as UTF-8.
static char *encode(char *to, unsigned long code) {
  if (code < 0x80) {
    *to++ = (char)code;
  } else if (code < 0x800) {
    *to++ = (char)(0xC0 | code >> 6);
    *to++ = (char)(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    *to++ = (char)(0xE0 | code >> 12);
    *to++ = (char)(0x80 | (code >> 6 & 0x3F));
    *to++ = (char)(0x80 | (code & 0x3F));
  } else {
    *to++ = (char)(0xF0 | code >> 18);
    *to++ = (char)(0x80 | (code >> 12 & 0x3F));
    *to++ = (char)(0x80 | (code >> 6 & 0x3F));
    *to++ = (char)(0x80 | (code & 0x3F));
  }
  return to;
}

// The four hexadecimal digits of `\uXXXX`.
static unsigned long hex4(const char *at) {
  char digits[5] = {at[0], at[1], at[2], at[3], '\0'};
  return strtoul(digits, NULL, 16);
}

// Writes the text of a JSON string without its escapes to `to`, which has room for as many bytes.
static void unescape(char *to, const char *at, const char *end) {
  static const char ESCAPES[] = "b\bf\fn\nr\rt\t";
  while (at < end) {
    if (*at != '\\') {
      *to++ = *at++;
    } else if (at[1] == 'u' && end - at >= 6) {
      unsigned long code = hex4(at + 2);
      at += 6;
      if (code >= 0xD800 && code < 0xDC00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
        code = 0x10000 + ((code - 0xD800) << 10) + (hex4(at + 2) - 0xDC00);
        at += 6;
      }
      to = encode(to, code);
    } else {
      const char *escape = strchr(ESCAPES, at[1]);
      *to++ = escape != NULL && at[1] >= 'b' ? escape[1] : at[1];
      at += 2;
    }
  }
  *to = '\0';
}

void exports_wharf_step_step_describe(exports_wharf_step_step_json_t *ret) {
  plain_step_string_dup(ret, DESCRIPTION);
}

bool exports_wharf_step_step_run(exports_wharf_step_step_json_t *inputs, exports_wharf_step_step_error_t *err) {
  static const char HELLO[] = "hello, ";
  char *json = strndup((const char *)inputs->ptr, inputs->len);
  exports_wharf_step_step_json_free(inputs);
  const char *name = find_name(json);
  if (name == NULL) {
    free(json);
    return fail(err, "the inputs have no name");
  }
  const char *end = end_of_string(name);
  if (end == name) {
    free(json);
    return fail(err, "the name is empty: say who is greeted");
  }

  size_t length = (size_t)(end - name);
  char *text = malloc(sizeof HELLO + length);
  char *value = malloc(sizeof HELLO + length + 2);
  strcpy(text, HELLO);
  unescape(text + strlen(HELLO), name, end);
  // What was escaped as JSON is so still.
  sprintf(value, "\"%s%.*s\"", HELLO, (int)length, name);
  free(json);

  plain_step_string_t message, output_name;
  plain_step_list_tuple2_string_string_t fields = {NULL, 0};
  plain_step_string_set(&message, text);
  wharf_step_report_log(WHARF_STEP_REPORT_LEVEL_INFO, &message, &fields);

  plain_step_string_set(&output_name, "greeting");
  plain_step_string_set(&message, value);
  bool ok = wharf_step_report_output(&output_name, &message, false, err);
  free(text);
  free(value);
  return ok;
}
