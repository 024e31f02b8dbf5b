/* From the label in a message to a charset. */
#include "codec/charset.h"

#include <stdlib.h>
#include <string.h>

enum {
#define CHARSET(constant, name, kind, detail) constant,
#include "codec/charsets.def"
};

static const struct charset charsets[] = {
#define CHARSET(constant, name, kind, detail) {name, CHARSET_##kind, detail},
#include "codec/charsets.def"
};

static const struct label {
	char key[20];
	uint8_t charset;
} labels[] = {
#define LABEL(key, charset) {key, charset},
#include "codec/labels.def"
};

static int compare_key(const void *key, const void *label)
{
	return strcmp(key, ((const struct label *)label)->key);
}

/* Letters and digits in lower case: mail knows utf8, "UTF-8", utf_8 and many more. False if too long. */
static bool make_key(struct span label, char key[static sizeof(labels->key)])
{
	size_t n = 0;

	for (size_t i = 0; i < label.n; i++) {
		char c = byte_lower(label.p[i]);

		if (c == ';' || c == ',' || (c & 0x80) != 0)
			break;
		if (!byte_is_alnum(c))
			continue;
		if (n == sizeof(labels->key) - 1)
			return false;
		key[n++] = c;
	}
	key[n] = '\0';
	return true;
}

const struct charset *charset_find(struct span label)
{
	char key[sizeof(labels->key)];
	const struct label *found;

	if (!make_key(label, key))
		return NULL;
	found = bsearch(key, labels, ARRAY_LEN(labels), sizeof(labels[0]), compare_key);
	return found == NULL ? NULL : &charsets[found->charset];
}

struct span codec_find_charset(struct span label)
{
	const struct charset *charset = charset_find(label);

	return span_of(charset == NULL ? NULL : charset->name);
}
