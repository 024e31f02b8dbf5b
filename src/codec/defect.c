/* What the defect bits are called. */
#include "codec/codec.h"

static const struct {
	const char *name;
	const char *meaning;
} defects[CODEC_DEFECT_COUNT] = {
#define DEFECT(constant, name, meaning) {name, meaning},
	CODEC_DEFECTS(DEFECT)
#undef DEFECT
};

const char *codec_defect_name(enum codec_defect defect)
{
	must(defect < CODEC_DEFECT_COUNT);
	return defects[defect].name;
}

const char *codec_defect_meaning(enum codec_defect defect)
{
	must(defect < CODEC_DEFECT_COUNT);
	return defects[defect].meaning;
}
