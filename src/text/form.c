/*
 * Texts in the forms that patterns are matched against.
 *
 * DESIGN: a text is cut between characters that never become one with what stands before them. Nearly all are such,
 * and what folding makes of each is in a table; only a character with marks that join it (e and an accent of its own,
 * the letters of a Hangul syllable) goes to ICU, with at most MARKS_MOST of these, so that nobody can make it sort
 * thousands. Handing whole texts to ICU would be simpler; it takes two copies of the text and some ten times as long,
 * and gives no places back.
 */
#include "text/inner.h"

#include <string.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
	MARKS_MOST = 64,   /* on one character; languages need five */
	UNITS_MOST = 2600, /* of UTF-16 made of it: no character becomes more than 18 */
	ROOM = 64,         /* bytes behind the text that may be written to */
	GROWTH_MOST = 4, /* times the size of the text: a sign for a phrase is 11 times its size */
	ORDER_UNKNOWN = 255 /* no mark may simply follow */
};

struct folder {
	struct arena *arena;
	const struct span in;
	size_t i, end;
	char *out;
	size_t o, capacity;
	struct text_step *steps;
	size_t step_count, step_capacity;
	size_t invisible, confused;
	bool has_look; /* lookalikes are replaced */
	bool is_cut;
	/* before the last character that others may join */
	struct {
		size_t i, o, step_count, invisible, confused;
	} last;
	unsigned
		order; /* the combining class that a mark needs at least, to stand where it stands */
};

/* ---- ASCII ---- */

static char lower(char c)
{
	return (char)(c + ((unsigned char)(c - 'A') < 26) * ('a' - 'A'));
}

/* Copies ASCII in lower case; how much of it there is. Up to 15 bytes more of `out` are overwritten. */
static size_t fold_ascii(const char *p, size_t n, char *out)
{
	size_t i = 0;

#ifdef __SSE2__
	for (; i + 16 <= n; i += 16) {
		__m128i x = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
		__m128i is_upper = _mm_and_si128(_mm_cmpgt_epi8(x, _mm_set1_epi8('A' - 1)),
			_mm_cmplt_epi8(x, _mm_set1_epi8('Z' + 1)));
		int beyond = _mm_movemask_epi8(x);

		x = _mm_add_epi8(x, _mm_and_si128(is_upper, _mm_set1_epi8('a' - 'A')));
		_mm_storeu_si128((__m128i *)(void *)(out + i), x);
		if (beyond != 0)
			return i + (size_t)__builtin_ctz((unsigned)beyond);
	}
#endif
	for (; i < n && (unsigned char)p[i] < 0x80; i++)
		out[i] = lower(p[i]);
	return i;
}

/* How much ASCII that stays as it is stands at the start. */
static size_t skip_ascii(const char *p, size_t n)
{
	size_t i = 0;

#ifdef __SSE2__
	for (; i + 16 <= n; i += 16) {
		__m128i x = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
		__m128i is_upper = _mm_and_si128(_mm_cmpgt_epi8(x, _mm_set1_epi8('A' - 1)),
			_mm_cmplt_epi8(x, _mm_set1_epi8('Z' + 1)));
		int stop = _mm_movemask_epi8(_mm_or_si128(x, is_upper));

		if (stop != 0)
			return i + (size_t)__builtin_ctz((unsigned)stop);
	}
#endif
	while (i < n && (unsigned char)p[i] < 0x80 && lower(p[i]) == p[i])
		i++;
	return i;
}

/* ---- characters ---- */

/* A character, what is known of it and how many bytes it has. */
struct sign {
	uint32_t c;
	size_t n;
	const struct text_char *row;
	bool is_broken; /* a byte that begins none */
};

static struct sign sign_at(const struct folder *f, size_t i)
{
	struct span rest = {f->in.p + i, f->end - i};
	struct sign out = {.c = utf8_next(&rest)};

	out.n = f->end - i - rest.n;
	out.row = text_char_of(out.c);
	out.is_broken = out.c == UTF8_REPLACEMENT && out.n == 1;
	return out;
}

/* How much of the text stays as it is. */
static size_t skip_same(const struct folder *f)
{
	size_t i = 0;

	for (;;) {
		struct sign sign;

		i += skip_ascii(f->in.p + i, f->end - i);
		if (i == f->end || (unsigned char)f->in.p[i] < 0x80)
			return i;
		sign = sign_at(f, i);
		if (sign.row->kind != TEXT_SAME || sign.is_broken ||
			(f->has_look && sign.row->look != 0))
			return i;
		i += sign.n;
	}
}

/* ---- steps ---- */

/* As many as there can be: three for a character beyond ASCII, and not more than bytes. */
static size_t count_steps(const struct folder *f)
{
	struct span rest = {f->in.p + f->i, f->end - f->i};
	bool is_valid = span_is_utf8(rest);
	size_t n = 0;

	for (size_t i = 0; i < rest.n; i++)
		n += (unsigned char)rest.p[i] >= (is_valid ? 0xc0 : 0x80);
	return num_min(3 * n, rest.n) + 8;
}

static void add_step(struct folder *f, size_t form, size_t origin)
{
	if (f->steps == NULL || f->step_count == f->step_capacity) {
		size_t capacity = f->steps == NULL ? count_steps(f) : 2 * f->step_capacity;

		f->steps =
			arena_grow(f->arena, f->steps, f->step_capacity * sizeof(struct text_step),
				capacity * sizeof(struct text_step));
		f->step_capacity = capacity;
	}
	f->steps[f->step_count++] = (struct text_step){(uint32_t)form, (uint32_t)origin};
}

/* Something begins here, or ends. */
static void mark_place(struct folder *f)
{
	struct text_step *last;

	if (f->steps == NULL || f->step_count == 0) {
		add_step(f, f->o, f->i);
		return;
	}
	last = &f->steps[f->step_count - 1];
	if (last->form == f->o && last->origin == f->i)
		return;
	/* of what was left out, only where it begins and where it ends matter */
	if (f->step_count > 1 && last->form == f->o && last[-1].form == f->o &&
		last->origin != last[-1].origin)
		last->origin = (uint32_t)f->i;
	else
		add_step(f, f->o, f->i);
}

/* ---- output ---- */

/* False, and the text ends here, when it has become too large. */
static bool has_room(struct folder *f, size_t n)
{
	size_t need = f->o + n + (f->end - f->i) + ROOM, most = GROWTH_MOST * f->in.n + 2 * ROOM;

	if (need <= f->capacity)
		return true;
	if (f->capacity < most) {
		f->out = arena_grow(f->arena, f->out, f->capacity, most);
		f->capacity = most;
	}
	if (need <= f->capacity)
		return true;
	f->is_cut = true;
	f->end = f->i;
	return false;
}

/* Writes what was made of the next `taken` bytes. */
static void put(struct folder *f, size_t taken, struct span piece, bool is_one)
{
	bool is_linear = is_one && piece.n == taken;

	if (!has_room(f, piece.n))
		return;
	if (!is_linear)
		mark_place(f);
	memcpy(f->out + f->o, piece.p, piece.n);
	/* two characters of as many bytes as one had: a step between tells that from a copy */
	if (!is_linear && piece.n == taken)
		add_step(f, f->o + 1, f->i);
	f->o += piece.n;
	f->i += taken;
	if (!is_linear)
		mark_place(f);
}

static void drop(struct folder *f, size_t taken)
{
	mark_place(f);
	f->i += taken;
	mark_place(f);
	f->invisible++;
}

static void remember(struct folder *f, unsigned order)
{
	f->last.i = f->i;
	f->last.o = f->o;
	f->last.step_count = f->step_count;
	f->last.invisible = f->invisible;
	f->last.confused = f->confused;
	f->order = order;
}

/* ---- what joins ---- */

struct cluster {
	UChar v[UNITS_MOST];
	int32_t n;
};

/* The character at the place and all that joins it; how many bytes they have. */
static size_t read_cluster(struct folder *f, struct cluster *out)
{
	size_t i = f->i;
	unsigned marks = 0;

	for (out->n = 0; i < f->end;) {
		struct sign sign = sign_at(f, i);
		bool is_dropped = sign.row->kind == TEXT_DROP;

		if (i > f->i && !is_dropped && sign.row->kind != TEXT_MARK &&
			sign.row->kind != TEXT_JOIN)
			break;
		if (is_dropped || marks > MARKS_MOST) {
			f->invisible++;
		} else {
			U16_APPEND_UNSAFE(out->v, out->n, (UChar32)sign.c);
			marks++;
		}
		i += sign.n;
	}
	return i - f->i;
}

static void normalise(const struct cluster *in, struct cluster *out)
{
	UErrorCode error = U_ZERO_ERROR;
	const UNormalizer2 *form = unorm2_getNFKCCasefoldInstance(&error);

	out->n = unorm2_normalize(form, in->v, in->n, out->v, UNITS_MOST, &error);
	must(U_SUCCESS(error));
}

/* Replaces lookalikes; false when there are none. */
static bool replace_looks(struct folder *f, const struct cluster *in, struct cluster *out)
{
	bool has_any = false;

	out->n = 0;
	for (int32_t i = 0; i < in->n;) {
		UChar32 c;
		uint16_t look;

		U16_NEXT(in->v, i, in->n, c);
		look = text_char_of((uint32_t)c)->look;
		if (look == 0) {
			U16_APPEND_UNSAFE(out->v, out->n, c);
			continue;
		}
		/* all that a letter is taken for is in the basic plane */
		for (struct span rest = text_pool_at(look); rest.n > 0;)
			out->v[out->n++] = (UChar)utf8_next(&rest);
		f->confused++;
		has_any = true;
	}
	return has_any;
}

static void fold_cluster(struct folder *f)
{
	char bytes[3 * UNITS_MOST];
	struct cluster text, folded;
	UErrorCode error = U_ZERO_ERROR;
	int32_t n;
	struct span piece;
	size_t taken;

	f->i = f->last.i;
	f->o = f->last.o;
	f->step_count = f->last.step_count;
	f->invisible = f->last.invisible;
	f->confused = f->last.confused;
	taken = read_cluster(f, &text);
	normalise(&text, &folded);
	if (f->has_look && replace_looks(f, &folded, &text))
		normalise(&text, &folded);
	(void)u_strToUTF8(bytes, sizeof(bytes), &n, folded.v, folded.n, &error);
	must(U_SUCCESS(error));
	piece = span_from(bytes, (size_t)n);
	put(f, taken, piece, span_equal(piece, span_slice(f->in, f->i, taken)));
	remember(f, ORDER_UNKNOWN);
}

/* ---- the whole ---- */

static void fold_sign(struct folder *f)
{
	struct sign sign = sign_at(f, f->i);
	const struct text_char *row = sign.row;
	struct span piece = {f->in.p + f->i, sign.n};
	bool is_one = true;

	if (sign.is_broken) {
		remember(f, 0);
		put(f, 1, SPAN("\xef\xbf\xbd"), true);
		return;
	}
	if (row->kind == TEXT_DROP) {
		drop(f, sign.n);
		return;
	}
	if (row->kind == TEXT_JOIN || (row->kind == TEXT_MARK && row->order < f->order)) {
		if (f->last.i == f->i || f->order == ORDER_UNKNOWN)
			remember(f, 0);
		fold_cluster(f);
		return;
	}
	if (row->kind == TEXT_MARK)
		f->order = row->order;
	else
		remember(f, row->order);
	if (row->kind == TEXT_MAP) {
		piece = text_pool_at(row->fold);
		is_one = utf8_count(piece) == 1;
	}
	if (f->has_look && row->look != 0) {
		piece = text_pool_at(row->look);
		is_one = piece.n == 1;
		f->confused++;
	}
	put(f, sign.n, piece, is_one);
}

/* One character, of as many bytes as `n`. */
static bool is_one_of(struct span piece, size_t n)
{
	return piece.n == n && (unsigned char)*piece.p >= (n == 2 ? 0xc0 : n == 3 ? 0xe0 : 0xf0);
}

/*
 * Characters beyond ASCII that stay or become others of the same size, which are nearly all: no step, no need of more
 * room. False when there was none at the place.
 */
static bool fold_plain(struct folder *f)
{
	size_t i = f->i, shift = f->i - f->o, last = i;
	unsigned order = 0;

	while (i < f->end && (unsigned char)f->in.p[i] >= 0x80) {
		struct sign sign = sign_at(f, i);
		struct span piece = {f->in.p + i, sign.n};

		if (sign.row->kind > TEXT_MAP || sign.is_broken ||
			(f->has_look && sign.row->look != 0))
			break;
		if (sign.row->kind == TEXT_MAP)
			piece = text_pool_at(sign.row->fold);
		if (!is_one_of(piece, sign.n))
			break;
		for (size_t k = 0; k < sign.n; k++)
			f->out[i - shift + k] = piece.p[k];
		last = i;
		order = sign.row->order;
		i += sign.n;
	}
	if (i == f->i)
		return false;
	f->i = last;
	f->o = last - shift;
	remember(f, order);
	f->i = i;
	f->o = i - shift;
	return true;
}

static void fold_run(struct folder *f)
{
	size_t n = fold_ascii(f->in.p + f->i, f->end - f->i, f->out + f->o);

	f->i += n - 1;
	f->o += n - 1;
	remember(f, 0);
	f->i++;
	f->o++;
}

/* From the place on up to which nothing has changed. */
static void fold_rest(struct folder *f, size_t same)
{
	struct span start = span_slice(f->in, 0, same);

	f->capacity = f->in.n + f->in.n / 8 + ROOM;
	f->out = arena_alloc_raw(f->arena, f->capacity);
	/* the last character may be joined by what follows */
	if (same > 0)
		(void)utf8_last(&start);
	memcpy(f->out, f->in.p, start.n);
	f->i = f->o = start.n;
	remember(f, ORDER_UNKNOWN);
	while (f->i < f->end) {
		if ((unsigned char)f->in.p[f->i] < 0x80)
			fold_run(f);
		else if (!fold_plain(f))
			fold_sign(f);
	}
}

/* The start of a text that is too long, without half a character at its end. */
static struct span cut(struct span text)
{
	size_t n = TEXT_BYTES_MOST;

	if (text.n <= n)
		return text;
	for (unsigned i = 0; i < UTF8_CHAR_MOST && (text.p[n] & 0xc0) == 0x80; i++)
		n--;
	return span_slice(text, 0, n);
}

static void make(struct arena *a, struct span text, bool has_look, struct text_form *out)
{
	struct span in = cut(text);
	struct folder f = {
		.arena = a,
		.in = in,
		.end = in.n,
		.has_look = has_look,
		.is_cut = in.n < text.n,
	};
	size_t same = skip_same(&f);

	if (same < in.n)
		fold_rest(&f, same);
	*out = (struct text_form){
		.text = same < in.n ? span_from(f.out, f.o) : in,
		.steps = f.step_count > 0 ? f.steps : NULL,
		.step_count = f.step_count,
		.is_cut = f.is_cut,
		.invisible = f.invisible,
		.confused = f.confused,
	};
}

void text_make_folded(struct arena *a, struct span text, struct text_form *out)
{
	make(a, text, false, out);
}

void text_make_skeleton(struct arena *a, struct span text, struct text_form *out)
{
	make(a, text, true, out);
}

/* How many steps lie at or before the byte of the form. */
static size_t count_before(const struct text_form *form, size_t offset)
{
	size_t low = 0, high = form->step_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (form->steps[middle].form <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t text_find_origin(const struct text_form *form, size_t offset)
{
	const struct text_step *step;
	size_t n;

	while (offset > 0 && offset < form->text.n && (form->text.p[offset] & 0xc0) == 0x80)
		offset--;
	n = count_before(form, offset);
	if (n == 0)
		return offset;
	step = &form->steps[n - 1];
	if (n < form->step_count && step[1].form - step->form != step[1].origin - step->origin)
		return step->origin;
	return step->origin + (offset - step->form);
}
