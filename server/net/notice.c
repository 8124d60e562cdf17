/* A notice: the words of a refusal, packed as a Reply. */
#include "notice.h"

#include "chibo/v1/envelope.pb-c.h"
#include "pre.h"

static size_t pack(uint8_t out[static NOTICE_MAX], const Chibo__V1__Reply *reply)
{
	PRE(chibo__v1__reply__get_packed_size(reply) <= NOTICE_MAX);
	return chibo__v1__reply__pack(reply, out);
}

size_t notice_pack(uint8_t out[static NOTICE_MAX], const struct refusal *refusal)
{
	Chibo__V1__Reply reply = CHIBO__V1__REPLY__INIT;
	Chibo__V1__Status status = CHIBO__V1__STATUS__INIT;
	Chibo__V1__Param params[REFUSAL_PARAMS];
	Chibo__V1__Param *pointers[REFUSAL_PARAMS];
	struct refusal words; /* protobuf-c wants char *, and never writes to it */

	reply.has_id = 1;
	if (!refusal)
		return pack(out, &reply);
	words = *refusal;
	for (unsigned i = 0; i < words.n_params; i++) {
		params[i] = (Chibo__V1__Param)CHIBO__V1__PARAM__INIT;
		params[i].name = words.params[i].name;
		params[i].value = words.params[i].value;
		pointers[i] = &params[i];
	}
	status.has_code = 1;
	status.code = words.code;
	status.rule = words.rule;
	status.field = words.field[0] ? words.field : NULL;
	status.n_params = words.n_params;
	status.params = pointers;
	status.has_retry_after_ms = words.retry_after_ms > 0;
	status.retry_after_ms = words.retry_after_ms;
	reply.status = &status;
	return pack(out, &reply);
}
