/* The names of defects: one word of bits holds those of codec and those of this room. */
#include "mime/mime.h"

struct defect {
	const char *name;
	const char *meaning;
};

static const struct defect defects[] = {
#define DEFECT(constant, name, meaning) {name, meaning},
	MIME_DEFECTS(DEFECT)
#undef DEFECT
};

static const struct defect *find(unsigned bit)
{
	must(bit >= CODEC_DEFECT_COUNT && bit < MIME_DEFECT_COUNT);
	return &defects[bit - CODEC_DEFECT_COUNT];
}

const char *mime_defect_name(unsigned bit)
{
	if (bit < CODEC_DEFECT_COUNT)
		return codec_defect_name((enum codec_defect)bit);
	return find(bit)->name;
}

const char *mime_defect_meaning(unsigned bit)
{
	if (bit < CODEC_DEFECT_COUNT)
		return codec_defect_meaning((enum codec_defect)bit);
	return find(bit)->meaning;
}
