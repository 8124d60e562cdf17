/* Lanes keep slow work away from fast work: a connection serves its requests in order. */
#ifndef CHIBO_DB_LANE_H
#define CHIBO_DB_LANE_H

enum lane { LANE_FAST, LANE_WRITE, LANE_SLOW, LANE_COUNT };

#endif
